using Microsoft.Extensions.Logging;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Standing;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>Raises a study as soon as one of its images is flagged. No report is written of it; completion says the rest.</summary>
public sealed class FlagHandler(StudyStore store, WorkTable table, TimeProvider clock, ILogger<FlagHandler> log) : IWorkHandler
{
    private static readonly Dictionary<LoweredFinding, DateTime> NothingLowered = [];

    public string Kind => WorkKinds.Flag;

    public int Slots => 2;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var picture = await store.ReadAsync(work.Subject, cancellation);
        return picture.Study.State == StudyStates.Open && EarlyFlag.Decide(picture, NothingLowered) is not null
            ? new WorkVerdict.Done((transaction, token) => RaiseAsync(transaction, picture, token), LockOrder: picture.Study.StudyInstanceUid)
            : new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
    }

    private async Task<IReadOnlyList<AuditEvent>> RaiseAsync(RecordsTransaction transaction, StudyPicture picture, CancellationToken cancellation)
    {
        // A study that was decided meanwhile has said it itself.
        if (await store.LockOpenAsync(transaction, picture.Study, cancellation) is not { } study
            || EarlyFlag.Decide(picture, await OverrideStore.LoweredAsync(transaction, study.Id, cancellation)) is not { } flag)
        {
            return [];
        }

        var before = study.Priority;
        if (!Raising.Apply(study, flag.Study.Priority, isPositive: true, flag.Reason, clock.GetUtcNow().UtcDateTime))
        {
            return [];
        }

        await PriorityRise.TellAsync(transaction, table, study, cancellation);
        DoorMeters.Flagged(study);
        PipelineLog.StudyFlagged(log, study.Id, study.Revision, study.PriorityReason);
        return [new AuditEvent("priority", $"study:{study.Id}", study.Id, new { from = before, to = study.Priority, reason = study.PriorityReason, early = true, model = flag.Model.ModelId, identity = flag.Model.Identity })];
    }
}
