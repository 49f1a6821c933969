using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Spool;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

/// <summary>The room as it runs: log, recorder and journal on a real disk and database; instances come from the phantom carts.</summary>
internal sealed class ReceivingLine : IAsyncDisposable
{
    private readonly OutboxSignal _signal = new();
    private readonly Journal _journal;
    private Recorder? _recorder;

    private ReceivingLine(RecordsDatabase database, string folder)
    {
        Database = database;
        Root = Path.Combine(folder, "spool");
        Log = Open();
        _journal = new Journal(database, new WorkTable(database), TimeProvider.System, TimeSpan.FromHours(1));
    }

    public RecordsDatabase Database { get; }

    public PerformedSteps Steps => new(new PerformedStepStore(Database, new WorkTable(Database), TimeProvider.System));

    public string Root { get; }

    public SpoolLog Log { get; private set; }

    public StorageHealth Health { get; private set; } = new();

    public ArrivingStudies Arriving { get; private set; } = new();

    public static async Task<ReceivingLine> StartAsync()
    {
        var options = await SqliteFile.NewAsync();
        var database = new RecordsDatabase(options);
        await new SchemaMigrator(database).MigrateAsync(default);
        var line = new ReceivingLine(database, Path.GetDirectoryName(options.SqliteFile!)!);
        await line.RecordAsync();
        return line;
    }

    public static PhantomInstance Phantom(int number = 0) => PhantomFleet.MakeStudy(0, 1, DateTimeOffset.UnixEpoch).Instances[number];

    public SpoolSession Session() => new(Log, Health, Arriving, new CallerOptions { AeTitle = "US1", Site = "site", QuietSeconds = 60 }, TimeProvider.System, NullLogger.Instance);

    /// <summary>A sink as the association would get it.</summary>
    public static IStoreSink Begin(SpoolSession session, PhantomInstance instance, string? sopInstanceUid = null) => session.Begin(new StoreContext(
        new AssociationRequest { CallingAe = "US1", CalledAe = "PACSAI", Contexts = [] }, IPAddress.Loopback,
        instance.SopClassUid, sopInstanceUid ?? instance.SopInstanceUid, instance.TransferSyntaxUid, 1)).Sink!;

    public DimseResponse Store(PhantomInstance instance, string? sopInstanceUid = null)
    {
        using var session = Session();
        return Store(session, instance, sopInstanceUid);
    }

    public static DimseResponse Store(SpoolSession session, PhantomInstance instance, string? sopInstanceUid = null)
    {
        var sink = Begin(session, instance, sopInstanceUid);
        foreach (var chunk in instance.DataSetBytes.Chunk(100_000))
        {
            sink.Write([chunk]);
        }

        var response = sink.Complete();
        return session.Commit() ?? response;
    }

    /// <summary>Waits for rows, which follow the log by themselves.</summary>
    public async Task<IReadOnlyList<InstanceRow>> RowsAsync(int count)
    {
        List<InstanceRow> rows = [];
        await PollAsync(() => rows.Count >= count, async () =>
        {
            await using var context = Database.Open();
            rows = [.. context.Instances.OrderBy(r => r.ReceivedAt)];
        }, $"{count} rows");
        return rows;
    }

    public static async Task PollAsync(Func<bool> holds, Func<Task> look, string what)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await look();
        while (!holds())
        {
            Assert.False(timeout.IsCancellationRequested, $"waited in vain for {what}");
            await Task.Yield();
            await look();
        }
    }

    /// <summary>The bytes at a row's place.</summary>
    public byte[] Bytes(InstanceRow row)
    {
        FileRange range = new SpoolFiles(Root).Find(row.File)!.Value;
        using var file = new FileStream(range.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = range.Offset;
        var bytes = new byte[range.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    public IReadOnlyList<RecordHead> Records() => [.. SpoolLog.List(Root).SelectMany(PacsAiWorker.Tests.Spool.SpoolFolder.Records)];

    /// <summary>The process dies and another one starts: nothing is closed, the log is opened anew.</summary>
    public async Task RestartAsync()
    {
        await StopRecorderAsync();
        Log = Open();
        (Health, Arriving) = (new StorageHealth(), new ArrivingStudies());
        await RecordAsync();
    }

    public async Task StopRecorderAsync()
    {
        if (_recorder is not null)
        {
            await _recorder.StopAsync(default);
            _recorder.Dispose();
            _recorder = null;
        }
    }

    public async Task RecordAsync()
    {
        _recorder = new Recorder(Log, _journal, Health, Arriving, _signal, TimeProvider.System, NullLogger<Recorder>.Instance);
        await _recorder.StartAsync(default);
    }

    public async ValueTask DisposeAsync()
    {
        await StopRecorderAsync();
        Log.Dispose();
        _signal.Dispose();
        Database.Dispose();
        await SqliteFile.RemoveAsync(Database);
    }

    private SpoolLog Open() => new(Root, new SpoolSizes(1 << 20, 0));
}
