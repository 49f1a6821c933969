using PacsAiWorker.Configuration;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Health;

/// <summary>Looks whether a peer answers, because a person asked on the page.</summary>
public sealed class LookHandler(WorkerOptions options, TimeProvider clock) : IWorkHandler
{
    public string Kind => WorkKinds.Look;

    public int Slots => 2;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var peer = Peers.Of(options).FirstOrDefault(p => p.Name == work.DedupeKey);
        var finding = peer is null ? new Finding(work.DedupeKey, false, "the configuration names it no more") : await peer.LookAsync(cancellation);
        return new WorkVerdict.Done((transaction, token) => FactStore.AnswerAsync(transaction, work.DedupeKey, finding.Well, finding.Says, clock.GetUtcNow().UtcDateTime, token));
    }
}
