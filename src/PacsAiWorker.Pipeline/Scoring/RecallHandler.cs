using Microsoft.Extensions.Logging;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>
/// Goes through the studies that a recalled package touched, some at a time, those that nobody has read first: what it said is withdrawn, and
/// where another version of it is in use the study is scored again (safety rule 21).
/// </summary>
public sealed class RecallHandler(ModelShelf shelf, RecallStore store, TimeProvider clock, ILogger<RecallHandler> log) : IWorkHandler
{
    /// <summary>Studies in one transaction: everybody else writes between two of them.</summary>
    private const int AtOnce = 25;

    /// <summary>So many studies are being scored again at a time: those of today find the device free, and none is decided while half of it waits.</summary>
    private const int MostBeingScored = 50;

    private static readonly TimeSpan ForRoom = TimeSpan.FromSeconds(5);

    /// <summary>Within this a stop has reached every worker (safety rule 12): what they were doing is in the rows by then.</summary>
    private static readonly TimeSpan StopReaches = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ForStop = TimeSpan.FromSeconds(1);

    public string Kind => WorkKinds.Recall;

    public int Slots => 1;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var recall = await store.ReadAsync(work.Subject, cancellation);
        if (recall.EndedAt is not null)
        {
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
        }

        if (shelf.Packages is not { } packages || (packages.Models.Any(m => m.Identity == recall.ModelIdentity) && !packages.Recalled.Contains(recall.ModelIdentity)))
        {
            return new WorkVerdict.Postpone(ForStop, "awaiting", "this worker has not heard of the recall yet");
        }

        var now = clock.GetUtcNow().UtcDateTime;
        var hasSuccessor = packages.Models.Any(m => m.Card.Id == recall.Model!.ModelId && !packages.Suspended.ContainsKey(m.Identity));
        var hasRoom = await store.BeingScoredAsync(recall.Id, cancellation) < MostBeingScored;
        var next = await store.NextAsync(recall.Id, AtOnce, cancellation);
        if (next.Count > 0)
        {
            PipelineLog.Recalled(log, recall.Model!.ModelId, recall.Model.Version, next.Count);
            return new WorkVerdict.Postpone(TimeSpan.Zero, "more", "studies are left", (transaction, token) => store.WithdrawAsync(transaction, recall, next, hasSuccessor, hasRoom, now, token));
        }

        var later = await store.LaterAsync(recall.Id, AtOnce, cancellation);
        if (later.Count > 0)
        {
            return hasRoom || !hasSuccessor
                ? new WorkVerdict.Postpone(TimeSpan.Zero, "more", "studies wait to be scored again", (transaction, token) => store.ScoreLaterAsync(transaction, recall, later, hasSuccessor, token))
                : new WorkVerdict.Postpone(ForRoom, "awaiting", "studies are being scored again");
        }

        var complete = recall.At + StopReaches;
        return recall.ListedAt >= complete ? new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]))
            : now < complete ? new WorkVerdict.Postpone(complete - now, "awaiting", "what was on its way when the package was recalled is listed then")
            : new WorkVerdict.Postpone(TimeSpan.Zero, "more", "what was on its way is listed", (transaction, token) => RecallStore.ListAgainAsync(transaction, recall, now, token));
    }
}
