using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>What has to follow when a study's priority rose: called in the transaction of the rise.</summary>
public static class PriorityRise
{
    /// <summary>
    /// Queues the notice of the priority that the study has now; nothing happens when there is nothing to tell. A study that a person lowered may
    /// rise to the same priority again: its notice is looked at again.
    /// </summary>
    public static Task TellAsync(RecordsTransaction transaction, WorkTable table, StudyRow study, CancellationToken cancellation) =>
        study.Priority is Priorities.Critical or Priorities.High or Priorities.Elevated
            ? table.EnqueueAgainAsync(transaction, NoticeStore.WorkOf(study, study.Priority), cancellation)
            : Task.CompletedTask;

    /// <summary>Queues the notice of a lower priority that a higher one hid, though it may have been looked at before.</summary>
    /// <param name="priority">TP1 to TP3.</param>
    public static Task TellHiddenAsync(RecordsTransaction transaction, WorkTable table, StudyRow study, string priority, CancellationToken cancellation) =>
        table.EnqueueAgainAsync(transaction, NoticeStore.WorkOf(study, priority), cancellation);
}
