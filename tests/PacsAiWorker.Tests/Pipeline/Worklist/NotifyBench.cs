using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

/// <summary>A study that a package raised, a handler that tells it, and a RIS that answers what the test says.</summary>
public abstract class NotifyBench : IAsyncLifetime
{
    private protected ScriptedRis Ris { get; } = new();
    private protected StudyRow Study { get; } = Rows.Study();
    private protected RecordsDatabase Database { get; private set; } = null!;
    private protected MwlOptions Mwl { get; set; } = new();
    private protected List<INoticeChannel> Others { get; } = [];

    public async Task InitializeAsync()
    {
        Database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(Database).MigrateAsync(default);
    }

    public async Task DisposeAsync()
    {
        await Ris.DisposeAsync();
        Database.Dispose();
        await SqliteFile.RemoveAsync(Database);
    }

    private protected async Task<string> SilentAsync(NotifyHandler handler, WorkRow work)
    {
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        return (await NoticeAsync()).ReasonCode;
    }

    private protected void Answering(string code) => Ris.Script = async (id, stream) =>
    {
        await stream.WriteAsync(Mllp.Wrap(ScriptedRis.Answer(code, id)));
        return true;
    };

    private protected Task<int> SuspendAsync() => new ModelStore(Database).SuspendAsync([Rows.Sha], "wrong threshold", "person:x", Rows.Time, default);

    /// <summary>A second package flagged the study too.</summary>
    private protected Task OtherAsync(string priority) => Database.WriteAsync(async t =>
    {
        var model = Rows.Model();
        (model.Identity, model.ModelId, model.PositivePriority, model.Stage) = ("other", "other", priority, ModelStages.Prioritise);
        var result = Rows.Result(Study, model, [Rows.Score(Guid.NewGuid(), 0.8)], 2);
        (result.Id, result.RunId, result.Study, result.Priority) = (Guid.NewGuid(), Guid.NewGuid(), null, priority);
        t.Context.Models.Add(model);
        t.Context.Results.Add(result);
        await t.Context.SaveChangesAsync();
    }, default);

    private protected NotifyHandler Handler(string host = "127.0.0.1", bool raiseOnly = true) => new(
        new NoticeReceivers([new Hl7Channel(new Hl7Options { Enabled = true, Host = host, Port = Ris.Port, RaiseOnly = raiseOnly }, TimeZoneInfo.Utc, TimeProvider.System, new KeptLog<Hl7Channel>()), .. Others], TimeZoneInfo.Utc, "PACSAI"),
        new NoticeStore(Database), new WorkTable(Database), new OrderLookup(Mwl, "PACSAI", TimeProvider.System, new KeptLog<OrderLookup>()),
        new InboundDesk(Database, new InboundStore(new WorkTable(Database)), new StudyTimes(TimeSpan.Zero, TimeSpan.FromHours(1)), TimeProvider.System), new SpoolFiles(Path.GetTempPath()), TimeProvider.System, new KeptLog<NotifyHandler>());

    private protected async Task<(NotifyHandler Handler, WorkRow Work)> RaisedAsync(string stage = ModelStages.Prioritise, bool queue = false)
    {
        (Study.Priority, Study.PriorityReason, Study.FirstReceivedAt) = (Priorities.High, "1 of 2 images above threshold", TimeProvider.System.GetUtcNow().UtcDateTime);
        var model = Rows.Model();
        (model.PositivePriority, model.Stage) = (Priorities.High, stage);
        var result = Rows.Result(Study, model, [Rows.Score(Guid.NewGuid(), 0.9)], 2);
        result.Priority = Priorities.High;
        await Database.WriteAsync(async t =>
        {
            t.Context.Models.Add(model);
            t.Context.Results.Add(result);
            t.Context.Identities.Add(new PatientIdentityRow { StudyId = Study.Id, PatientId = "PID-1", PatientName = "Doe^Jane", AccessionNumber = "ACC1" });
            await t.Context.SaveChangesAsync();
            if (queue)
            {
                await PriorityRise.TellAsync(t, new WorkTable(Database), Study, default);
            }
        }, default);
        return (Handler(), new WorkRow { Id = Guid.NewGuid(), Kind = WorkKinds.Notify, DedupeKey = $"{Study.Id}:{Priorities.High}", Subject = Study.Id, State = WorkStates.Leased, Attempts = 1 });
    }

    private protected async Task ApplyAsync(WorkEffect effect) => await Database.WriteAsync(t => effect(t, default), default);

    private protected async Task<PriorityNoticeRow> NoticeAsync()
    {
        await using var context = Database.Open();
        return await context.Notices.AsNoTracking().SingleAsync();
    }
}
