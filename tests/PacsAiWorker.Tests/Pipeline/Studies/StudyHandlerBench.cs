using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Studies;

/// <summary>Studies as they arrive, and the handlers that decide and flag them.</summary>
public abstract class StudyHandlerBench : IAsyncLifetime
{
    private protected const string Study = "1.2.826.0.1.3680043.8.498.1";

    private protected RecordsDatabase Database { get; private set; } = null!;
    private protected WorkTable Table { get; private set; } = null!;
    private protected Journal Journal { get; private set; } = null!;
    private protected StudyHandler Handler { get; private set; } = null!;
    private protected FlagHandler Flags { get; private set; } = null!;
    private protected List<string> Explained { get; } = [];

    public async Task InitializeAsync()
    {
        Database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(Database).MigrateAsync(default);
        Table = new WorkTable(Database);
        Journal = new Journal(Database, Table, TimeProvider.System, TimeSpan.FromHours(1));
        Handler = new StudyHandler(new StudyStore(Database), Table, new StudyTimes(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)), new HeatMaps(Explained), TimeProvider.System, NullLogger<StudyHandler>.Instance);
        Flags = new FlagHandler(new StudyStore(Database), Table, TimeProvider.System, NullLogger<FlagHandler>.Instance);
        await StageAsync(ModelStages.Prioritise);
    }

    public Task DisposeAsync()
    {
        Database.Dispose();
        return SqliteFile.RemoveAsync(Database);
    }

    private protected Task<int> NotScoredAsync(string reason, string meantFor) => Database.WriteAsync(t => t.Context.Instances.Where(i => i.Outcome == null)
        .ExecuteUpdateAsync(s => s.SetProperty(i => i.Outcome, Outcomes.NotScored).SetProperty(i => i.OutcomeReason, reason).SetProperty(i => i.MeantFor, meantFor)), default);

    private protected async Task<StudyRow> FlagAsync()
    {
        var done = Assert.IsType<WorkVerdict.Done>(await Flags.HandleAsync(await FlagWorkAsync(), default));
        await Database.WriteAsync(t => done.Effect(t, default), default);
        return await StudyAsync();
    }

    private protected async Task<WorkRow> FlagWorkAsync()
    {
        var study = (await StudyAsync()).Id;
        return new WorkRow { Kind = WorkKinds.Flag, DedupeKey = $"{study}/{Rows.Sha}", Subject = study, State = WorkStates.Leased };
    }

    /// <summary>Receives one image, scored with a probability, or not yet scored.</summary>
    private protected async Task ReceiveAsync(int number, double? probability, string identity = "", TimeSpan quiet = default, DateTime? at = null)
    {
        var row = Rows.Instance(Rows.Study(), number);
        row.ReceivedAt = at ?? DateTime.UtcNow;
        (row.Id, row.Digest, row.IdentityDigest, row.Outcome) = (Guid.CreateVersion7(), $"{number}".PadRight(64, '0'), identity, null);
        await Journal.CommitAsync([new ReceivedInstance(row, Study, new PatientIdentityRow(), "site", 2, quiet)], [], _ => true, default);
        if (probability is { } p)
        {
            var score = Rows.Score(row.Id, p);
            score.StudyId = row.StudyId;
            await Database.WriteAsync(t => new ScoreStore(Database, Table).WriteAsync(t, row.Id, new InstanceOutcome(Outcomes.Scored, null, null, 480, 640, 1, Rows.Time), [score], (TimeSpan.Zero, TimeSpan.FromHours(1)), default), default);
        }
    }

    private protected Task StageAsync(string stage, string? priority = null) => Database.WriteAsync(async t =>
    {
        var model = await t.Context.Models.SingleOrDefaultAsync();
        if (model is null)
        {
            model = Rows.Model();
            t.Context.Models.Add(model);
        }

        model.Stage = stage;
        model.PositivePriority = priority ?? model.PositivePriority;
    }, default);

    private protected async Task<StudyRow> DecideAsync()
    {
        var done = Assert.IsType<WorkVerdict.Done>(await Handler.HandleAsync(await WorkAsync(), default));
        await Database.WriteAsync(t => done.Effect(t, default), default);
        return await StudyAsync();
    }

    private protected async Task<WorkRow> WorkAsync()
    {
        await using var context = Database.Open();
        return await context.Work.AsNoTracking().Where(w => w.Kind == WorkKinds.Study).OrderByDescending(w => w.DedupeKey).FirstAsync();
    }

    private protected async Task<StudyRow> StudyAsync()
    {
        await using var context = Database.Open();
        return await context.Studies.AsNoTracking().SingleAsync();
    }

    private protected async Task<int> CountWorkAsync(string kind)
    {
        await using var context = Database.Open();
        return await context.Work.CountAsync(w => w.Kind == kind);
    }
}
