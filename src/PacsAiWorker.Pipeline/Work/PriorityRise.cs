using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>What has to follow when a study's priority rose: called in the transaction of the rise.</summary>
public static class PriorityRise
{
    /// <summary>A receiver may be away for days; until the study is too old to matter its notice is never given up by itself.</summary>
    private const int NoLimit = int.MaxValue;

    /// <summary>Queues the notice of the priority that the study has now; nothing happens when it is queued already, or when there is nothing to tell.</summary>
    public static Task TellAsync(RecordsTransaction transaction, WorkTable table, StudyRow study, CancellationToken cancellation) =>
        study.Priority is Priorities.Critical or Priorities.High or Priorities.Elevated
            ? table.EnqueueAsync(transaction, Notice(study, study.Priority), cancellation)
            : Task.CompletedTask;

    /// <summary>Queues the notice of a lower priority that a higher one hid, though it may have been looked at before.</summary>
    /// <param name="priority">TP1 to TP3.</param>
    public static Task TellHiddenAsync(RecordsTransaction transaction, WorkTable table, StudyRow study, string priority, CancellationToken cancellation) =>
        table.EnqueueAgainAsync(transaction, Notice(study, priority), cancellation);

    private static NewWork Notice(StudyRow study, string priority) => new(WorkKinds.Notify, $"{study.Id}:{priority}", study.Id, study.Tier, MaxAttempts: NoLimit);
}
