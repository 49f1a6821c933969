using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>What workers find of themselves, and whether a peer answers: rows, because nobody who looks at a page talks to a peer.</summary>
public sealed class FactStore(RecordsDatabase database, WorkTable work)
{
    private const short Urgent = 1;

    /// <summary>A worker that has said nothing for so long is gone.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(7);

    /// <summary>A worker's facts take the place of those that it wrote before.</summary>
    public Task WriteAsync(string worker, IReadOnlyList<WorkerFactRow> facts, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var gone = now - Forgotten;
        await transaction.Context.WorkerFacts.Where(f => f.Worker == worker || f.At < gone).ExecuteDeleteAsync(cancellation);
        transaction.Context.WorkerFacts.AddRange(facts);
    }, cancellation);

    /// <summary>All facts, by worker and kind.</summary>
    public async Task<IReadOnlyList<WorkerFactRow>> ListAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.WorkerFacts.AsNoTracking().OrderBy(f => f.Worker).ThenBy(f => f.Kind).ThenBy(f => f.Name).ToListAsync(cancellation);
    }

    /// <summary>The last look at each peer.</summary>
    public async Task<IReadOnlyDictionary<string, PeerLookRow>> LooksAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.PeerLooks.AsNoTracking().ToDictionaryAsync(l => l.Peer, cancellation);
    }

    /// <summary>A person wants to know whether a peer answers; audited. A worker looks. False when no worker knows the peer.</summary>
    public Task<bool> AskAsync(string peer, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        if (!await transaction.Context.WorkerFacts.AnyAsync(f => f.Kind == FactKinds.Peer && f.Name == peer, cancellation))
        {
            return false;
        }

        var row = await transaction.Context.PeerLooks.SingleOrDefaultAsync(l => l.Peer == peer, cancellation);
        if (row is null)
        {
            transaction.Context.PeerLooks.Add(row = new PeerLookRow { Peer = peer, AskedBy = actor });
        }

        (row.Id, row.AskedAt, row.AskedBy, row.AnsweredAt, row.IsWell, row.Says) = (Guid.CreateVersion7(), now, actor, null, false, "");
        await transaction.Context.SaveChangesAsync(cancellation);
        await work.EnqueueAgainAsync(transaction, new NewWork(WorkKinds.Look, peer, row.Id, Urgent), cancellation);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("peer look asked", $"peer:{peer}", null, new { peer }, actor)], now, cancellation);
        return true;
    }, cancellation);

    /// <summary>What the worker found; the latest question gets it.</summary>
    public static async Task<IReadOnlyList<AuditEvent>> AnswerAsync(RecordsTransaction transaction, string peer, bool isWell, string says, DateTime now, CancellationToken cancellation)
    {
        await transaction.Context.PeerLooks.Where(l => l.Peer == peer)
            .ExecuteUpdateAsync(s => s.SetProperty(l => l.AnsweredAt, now).SetProperty(l => l.IsWell, isWell).SetProperty(l => l.Says, says), cancellation);
        return [new AuditEvent("peer looked at", $"peer:{peer}", null, new { peer, answers = isWell })];
    }
}
