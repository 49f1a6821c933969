using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Pipeline.Reporting;
using PacsAiWorker.Tests.Records;
using Xunit;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>The room over a real database; work is claimed, handled and written as the loop does it, one piece at a time.</summary>
internal sealed class DeliveryBench : IAsyncDisposable
{
    private DeliveryBench(RecordsDatabase database, IReadOnlyList<DestinationOptions> destinations)
    {
        Database = database;
        Table = new WorkTable(database);
        Destinations = new Destinations("PACSAI", destinations);
        Store = new DeliveryStore(database, Table);
        Commitment = new CommitmentStore(database, Table);
        Restart();
    }

    public RecordsDatabase Database { get; }

    public WorkTable Table { get; }

    public Destinations Destinations { get; }

    public DeliveryStore Store { get; }

    public CommitmentStore Commitment { get; }

    public TestClock Clock { get; } = new();

    public KeptLog<Connections> Log { get; } = new();

    public CommitmentEvents Events { get; private set; } = null!;

    public Connections Connections { get; private set; } = null!;

    public StowSender Web { get; } = new();

    public DeliverHandler Deliver { get; private set; } = null!;

    public CommitHandler Commit { get; private set; } = null!;

    public static async Task<DeliveryBench> StartAsync(params DestinationOptions[] destinations)
    {
        var database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(database).MigrateAsync(default);
        return new DeliveryBench(database, destinations);
    }

    public static DestinationOptions To(int port, string name = "pacs", bool commitment = false) =>
        new() { Name = name, AeTitle = ScriptedPacs.AeTitle, Host = "127.0.0.1", Port = port, StorageCommitment = commitment, CommitmentWaitSeconds = 0 };

    /// <summary>The same records under another configuration; only the first is disposed.</summary>
    public DeliveryBench At(params DestinationOptions[] destinations) => new(Database, destinations);

    /// <summary>What a process keeps in its memory is gone.</summary>
    public void Restart()
    {
        Connections = new Connections(Destinations, Clock, Log);
        Events = new CommitmentEvents(Destinations, Commitment, Clock, NullLogger<CommitmentEvents>.Instance);
        Deliver = new DeliverHandler(Destinations, Store, Commitment, Connections, Web, Clock, NullLogger<DeliverHandler>.Instance);
        Commit = new CommitHandler(Destinations, Commitment, Events, Connections, Web, Clock);
    }

    /// <summary>A report with its result, queued for every destination as Reporting does.</summary>
    public async Task<ReportRow> QueueAsync(bool demonstration = false, Action<ReportRow>? change = null, int revision = 1)
    {
        var source = ReportVariants.Scored(0.9);
        source.Result.IsDemonstration = demonstration;
        (source.Result.Revision, source.Result.Id) = (revision, revision == 1 ? source.Result.Id : new Guid(7, 8, (short)revision, new byte[8]));
        var report = ReportBuilder.Build(source, ReportVariants.Image(), ReportVariants.Site);
        change?.Invoke(report);
        await Database.WriteAsync(async t =>
        {
            if (revision > 1)
            {
                // Its study is there.
                source.Result.Study = null;
            }

            t.Context.Results.Add(source.Result);
            await t.Context.SaveChangesAsync();
            await new ReportStore(Database, Table).WriteAsync(t, report, [.. Destinations.All.Select(d => d.Name)], 2, default);
        }, default);
        return report;
    }

    /// <summary>Claims, handles and writes one piece of work; null when none is due.</summary>
    public async Task<WorkVerdict?> RunAsync(IWorkHandler handler)
    {
        var claimed = await Table.ClaimAsync(handler.Kind, "test", TimeSpan.FromMinutes(5), 1, default);
        if (claimed.Count == 0)
        {
            return null;
        }

        var verdict = await handler.HandleAsync(claimed[0], default);
        await new VerdictWriter(Table, Database, Clock, NullLogger.Instance).WriteAsync(claimed[0], verdict);
        return verdict;
    }

    /// <summary>Runs what is due of both kinds until nothing is; the last verdict on the promise.</summary>
    public async Task<WorkVerdict?> SettleAsync()
    {
        WorkVerdict? last = null;
        for (var turn = 0; turn < 40; turn++)
        {
            var delivered = await RunAsync(Deliver);
            var verdict = await RunAsync(Commit);
            last = verdict ?? last;
            if (delivered is null && verdict is null)
            {
                return last;
            }
        }

        throw new InvalidOperationException($"It never comes to rest; the last verdict was {last}.");
    }

    /// <summary>All work that waits is due, whatever the database's clock says.</summary>
    public Task DueAsync() => Database.WriteAsync(t => t.Context.Work.Where(w => w.State == WorkStates.Ready).ExecuteUpdateAsync(s => s.SetProperty(w => w.NotBefore, DateTime.UnixEpoch)), default);

    public async Task<DeliveryRow> DeliveryAsync(string destination = "pacs")
    {
        await using var context = Database.Open();
        return await context.Deliveries.AsNoTracking().SingleAsync(d => d.Destination == destination);
    }

    public async Task<IReadOnlyList<CommitmentRequestRow>> QuestionsAsync() => (await Commitment.ReadAsync((await DeliveryAsync()).Id, default)).Requests;

    public async Task<IReadOnlyList<string>> AuditAsync()
    {
        await using var context = Database.Open();
        Assert.Null(await AuditChain.FirstBrokenAsync(Database, default));
        return await context.Audit.OrderBy(a => a.Seq).Select(a => a.Action).ToListAsync();
    }

    public async Task<WorkRow> WorkAsync(string kind)
    {
        await using var context = Database.Open();
        return await context.Work.AsNoTracking().SingleAsync(w => w.Kind == kind);
    }

    public async ValueTask DisposeAsync()
    {
        Web.Dispose();
        Database.Dispose();
        await SqliteFile.RemoveAsync(Database);
    }
}

/// <summary>A clock that a test sets.</summary>
internal sealed class TestClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
