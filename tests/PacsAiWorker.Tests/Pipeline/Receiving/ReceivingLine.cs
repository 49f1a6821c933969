using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

/// <summary>The room as it runs: spool, committer and journal on a real disk and database; instances come from the phantom carts.</summary>
internal sealed class ReceivingLine : IAsyncDisposable
{
    private readonly GroupCommitter _committer;
    private readonly OutboxSignal _signal = new();

    private ReceivingLine(RecordsDatabase database, string folder)
    {
        Database = database;
        Folder = folder;
        Spool = new Spool(folder);
        Journal = new Journal(database, new WorkTable(database), TimeProvider.System, TimeSpan.FromHours(1));
        _committer = new GroupCommitter(Journal, database, Spool, Health, _signal, NullLogger<GroupCommitter>.Instance);
    }

    public RecordsDatabase Database { get; }

    public string Folder { get; }

    public Spool Spool { get; }

    public Journal Journal { get; }

    public StorageHealth Health { get; } = new();

    public static async Task<ReceivingLine> StartAsync()
    {
        var options = await SqliteFile.NewAsync();
        var database = new RecordsDatabase(options);
        await new SchemaMigrator(database).MigrateAsync(default);
        var line = new ReceivingLine(database, Path.GetDirectoryName(options.SqliteFile!)!);
        await line._committer.StartAsync(default);
        return line;
    }

    public static PhantomInstance Phantom(int number = 0) => PhantomFleet.MakeStudy(0, 1, DateTimeOffset.UnixEpoch).Instances[number];

    /// <summary>A sink as the association would get it.</summary>
    public SpoolSink Begin(PhantomInstance instance, string? sopInstanceUid = null) => new(
        new StoreContext(new AssociationRequest { CallingAe = "US1", CalledAe = "PACSAI", Contexts = [] }, IPAddress.Loopback, instance.SopClassUid, sopInstanceUid ?? instance.SopInstanceUid, instance.TransferSyntaxUid, 1),
        Spool, _committer, Health, new CallerOptions { AeTitle = "US1", Site = "site", QuietSeconds = 60 }, NullLogger.Instance);

    public DimseResponse Store(PhantomInstance instance, string? sopInstanceUid = null)
    {
        var sink = Begin(instance, sopInstanceUid);
        foreach (var chunk in instance.DataSetBytes.Chunk(100_000))
        {
            sink.Write([chunk]);
        }

        return sink.Complete();
    }

    /// <summary>A whole file as a crash between rename and commit leaves it.</summary>
    public string Orphan(PhantomInstance instance)
    {
        var path = Spool.PathOf(Spool.NameOf(Guid.CreateVersion7()));
        File.WriteAllBytes(path, [.. Part10.Header(new FileMeta(instance.SopClassUid, instance.SopInstanceUid, instance.TransferSyntaxUid, "US1", "US1", "PACSAI")), .. instance.DataSetBytes]);
        return path;
    }

    public Task<Reconciled> ReconcileAsync() =>
        new Reconciler(Spool, Journal, _ => new CallerOptions { Site = "site", QuietSeconds = 60 }, NullLogger<Reconciler>.Instance).RunAsync(default);

    public IReadOnlyList<string> Files(string extension) => Directory.GetFiles(Spool.Root, "*" + extension, SearchOption.AllDirectories);

    public async ValueTask DisposeAsync()
    {
        await _committer.StopAsync(default);
        _committer.Dispose();
        _signal.Dispose();
        Database.Dispose();
        await SqliteFile.RemoveAsync(Database);
    }
}
