using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Work;

/// <summary>Wake-ups that the bus has not taken yet. Written with the work row, so neither exists without the other.</summary>
public sealed class Outbox(RecordsDatabase database)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    internal static Task AddAsync(RecordsTransaction transaction, Guid workId, string kind, short tier, CancellationToken cancellation) =>
        transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""
            INSERT INTO outbox (id, work_id, kind, tier, created_at, not_before, attempts)
            VALUES ({0}, {1}, {2}, {3}, {{transaction.Database.Now}}, {{transaction.Database.Now}}, 0)
            """,
            [Guid.CreateVersion7(), workId, kind, tier], cancellation);

    /// <summary>
    /// Takes due rows for one pump: they come back by themselves after <paramref name="holdFor"/> unless marked sent.
    /// </summary>
    public Task<List<OutboxRow>> TakeAsync(int limit, TimeSpan holdFor, CancellationToken cancellation) =>
        database.WriteAsync(transaction => transaction.Context.Outbox.FromSqlRaw(
            $$"""
            UPDATE outbox SET attempts = attempts + 1, not_before = {{database.NowPlus(holdFor)}}
            WHERE id IN (SELECT id FROM outbox WHERE sent_at IS NULL AND not_before <= {{database.Now}}
                         ORDER BY created_at LIMIT {0}{{database.ForUpdateSkipLocked}})
            RETURNING *
            """, limit).AsNoTracking().ToListAsync(cancellation), cancellation);

    /// <summary>The bus holds these wake-ups now.</summary>
    public Task MarkSentAsync(IReadOnlyList<Guid> ids, CancellationToken cancellation) =>
        database.WriteAsync(transaction => transaction.Context.Outbox.Where(r => ids.Contains(r.Id))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.SentAt, r => r.NotBefore), cancellation), cancellation);

    /// <summary>Forgets wake-ups that were sent long ago.</summary>
    public Task<int> TrimAsync(CancellationToken cancellation) =>
        database.WriteAsync(transaction => transaction.Context.Database.ExecuteSqlRawAsync(
            $"DELETE FROM outbox WHERE sent_at IS NOT NULL AND sent_at < {database.NowPlus(-Kept)}", cancellation), cancellation);
}
