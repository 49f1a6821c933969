using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Work;

/// <summary>
/// The work table: claim with a lease, finish under a fence, retry with back-off, park with a reason.
/// A claim never takes expired leases (that would defeat the partial index): <see cref="ReapAsync"/> returns those.
/// </summary>
public sealed class WorkTable(RecordsDatabase database)
{
    private const string Arriving = "arriving";
    private const string Mine = "id = {0} AND fence = {1} AND state = 'leased'";

    /// <summary>Takes up to <paramref name="limit"/> due rows of a kind, most urgent tier first, oldest due first.</summary>
    public Task<List<WorkRow>> ClaimAsync(string kind, string owner, TimeSpan lease, int limit, CancellationToken cancellation) =>
        ClaimAsync(kind, owner, lease, limit, [], cancellation);

    /// <summary>As above, leaving out what waits in some lanes.</summary>
    public Task<List<WorkRow>> ClaimAsync(string kind, string owner, TimeSpan lease, int limit, IReadOnlyList<string> closedLanes, CancellationToken cancellation)
    {
        var open = closedLanes.Count == 0 ? "" : $" AND lane NOT IN ({string.Join(", ", closedLanes.Select((_, i) => $"{{{i + 3}}}"))})";
        var sql = $$"""
            UPDATE work SET state = 'leased', attempts = attempts + 1, fence = fence + 1, lease_owner = {1},
                   lease_until = {{database.NowPlus(lease)}}, changed_at = {{database.Now}}
            WHERE id IN (SELECT id FROM work WHERE kind = {0} AND state = 'ready' AND not_before <= {{database.Now}}{{open}}
                         ORDER BY tier, not_before LIMIT {2}{{database.ForUpdateSkipLocked}})
            RETURNING *
            """;
        return database.WriteAsync(async transaction =>
        {
            var rows = await transaction.Context.Work.FromSqlRaw(sql, [kind, owner, limit, .. closedLanes]).AsNoTracking().ToListAsync(cancellation);
            return rows.OrderBy(r => r.Tier).ThenBy(r => r.NotBefore).ToList();
        }, cancellation);
    }

    /// <summary>Marks the work done, in the transaction of its effect.</summary>
    /// <exception cref="LeaseLostException">Somebody else has the work now: the transaction must roll back.</exception>
    public async Task FinishAsync(RecordsTransaction transaction, WorkRow work, CancellationToken cancellation) =>
        Held(work, await transaction.Context.Database.ExecuteSqlRawAsync(
            $"UPDATE work SET state = 'done', lease_owner = NULL, lease_until = NULL, reason_code = NULL, reason_detail = NULL, changed_at = {database.Now} WHERE {Mine}",
            [work.Id, work.Fence], cancellation));

    /// <summary>Puts the work back for later; it is parked instead when its attempts are used up.</summary>
    public async Task RetryAsync(RecordsTransaction transaction, WorkRow work, TimeSpan delay, string reason, string detail, CancellationToken cancellation)
    {
        var state = work.Attempts >= work.MaxAttempts ? WorkStates.Parked : WorkStates.Ready;
        Held(work, await transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""
            UPDATE work SET state = {2}, lease_owner = NULL, lease_until = NULL, not_before = {{database.NowPlus(delay)}},
                   reason_code = {3}, reason_detail = {4}, changed_at = {{database.Now}} WHERE {{Mine}}
            """,
            [work.Id, work.Fence, state, reason, detail], cancellation));
    }

    /// <summary>Puts the work back without charging an attempt: it was not its turn yet.</summary>
    public async Task PostponeAsync(RecordsTransaction transaction, WorkRow work, TimeSpan delay, string reason, string detail, CancellationToken cancellation) =>
        Held(work, await transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""
            UPDATE work SET state = 'ready', attempts = attempts - 1, lease_owner = NULL, lease_until = NULL, not_before = {{database.NowPlus(delay)}},
                   reason_code = {2}, reason_detail = {3}, changed_at = {{database.Now}} WHERE {{Mine}}
            """,
            [work.Id, work.Fence, reason, detail], cancellation));

    /// <summary>Stops the work until a person has looked.</summary>
    public async Task ParkAsync(RecordsTransaction transaction, WorkRow work, string reason, string detail, CancellationToken cancellation) =>
        Held(work, await transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""
            UPDATE work SET state = 'parked', lease_owner = NULL, lease_until = NULL, reason_code = {2}, reason_detail = {3},
                   changed_at = {{database.Now}} WHERE {{Mine}}
            """,
            [work.Id, work.Fence, reason, detail], cancellation));

    /// <summary>Extends the lease; false when it is lost and the holder has to stop.</summary>
    public Task<bool> RenewAsync(WorkRow work, TimeSpan lease, CancellationToken cancellation) =>
        database.WriteAsync(async transaction => await transaction.Context.Database.ExecuteSqlRawAsync(
            $"UPDATE work SET lease_until = {database.NowPlus(lease)} WHERE {Mine}", [work.Id, work.Fence], cancellation) == 1, cancellation);

    /// <summary>Returns work whose holder died; parks what has been tried too often. Gives the number of rows touched.</summary>
    public Task<int> ReapAsync(CancellationToken cancellation) =>
        database.WriteAsync(transaction => transaction.Context.Database.ExecuteSqlRawAsync(
            $"""
            UPDATE work SET state = CASE WHEN attempts >= max_attempts THEN 'parked' ELSE 'ready' END,
                   reason_code = CASE WHEN attempts >= max_attempts THEN 'lease-exhausted' ELSE reason_code END,
                   lease_owner = NULL, lease_until = NULL, changed_at = {database.Now}
            WHERE state = 'leased' AND lease_until < {database.Now}
            """, cancellation), cancellation);

    /// <summary>
    /// Returns leases of this owner from before its restart. Only for a name that one process at a time can have
    /// (the embedded road): elsewhere the lease simply runs out.
    /// </summary>
    public Task<int> ReleaseOwnAsync(string owner, CancellationToken cancellation) =>
        database.WriteAsync(transaction => transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""UPDATE work SET state = 'ready', lease_owner = NULL, lease_until = NULL, changed_at = {{database.Now}} WHERE state = 'leased' AND lease_owner = {0}""",
            [owner], cancellation), cancellation);

    /// <summary>Queues work and its wake-up in the caller's transaction; nothing happens when it is queued already.</summary>
    public Task EnqueueAsync(RecordsTransaction transaction, NewWork work, CancellationToken cancellation) => TryEnqueueAsync(transaction, work, cancellation);

    private async Task<bool> TryEnqueueAsync(RecordsTransaction transaction, NewWork work, CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7();
        var added = await transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""
            INSERT INTO work (id, kind, dedupe_key, subject, tier, lane, state, not_before, attempts, max_attempts, fence, created_at, changed_at)
            VALUES ({0}, {1}, {2}, {3}, {4}, {6}, 'ready', {{database.NowPlus(work.Delay)}}, 0, {5}, 0, {{database.Now}}, {{database.Now}})
            ON CONFLICT (kind, dedupe_key) DO NOTHING
            """,
            [id, work.Kind, work.DedupeKey, work.Subject, work.Tier, work.MaxAttempts, work.Lane], cancellation);
        if (added == 1 && work.Delay <= TimeSpan.Zero)
        {
            await Outbox.AddAsync(transaction, id, work.Kind, work.Tier, cancellation);
        }

        return added == 1;
    }

    /// <summary>Queues work, or has it done once more from its first attempt; work that runs, or that a person gave up, is left alone.</summary>
    public async Task EnqueueAgainAsync(RecordsTransaction transaction, NewWork work, CancellationToken cancellation)
    {
        if (!await TryEnqueueAsync(transaction, work, cancellation))
        {
            await WakeAsync(transaction, work.Kind, work.DedupeKey, "state IN ('ready', 'done', 'parked')", ", state = 'ready', attempts = 0", cancellation);
        }
    }

    /// <summary>Gives up what is not finished; a holder that runs finds its lease lost, and what it would write is rolled back.</summary>
    internal static Task CancelAsync(RecordsTransaction transaction, string kind, string dedupeKey, string reason, string detail, CancellationToken cancellation) =>
        transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""
            UPDATE work SET state = 'cancelled', lease_owner = NULL, lease_until = NULL, reason_code = {2}, reason_detail = {3}, changed_at = {{transaction.Database.Now}}
            WHERE kind = {0} AND dedupe_key = {1} AND state IN ('ready', 'leased', 'parked')
            """, [kind, dedupeKey, reason, detail], cancellation);

    /// <summary>Work that waits for its time is due now.</summary>
    public Task WakeAsync(RecordsTransaction transaction, string kind, string dedupeKey, CancellationToken cancellation) =>
        WakeAsync(transaction, kind, dedupeKey, "state = 'ready'", "", cancellation);

    private async Task WakeAsync(RecordsTransaction transaction, string kind, string dedupeKey, string where, string assignments, CancellationToken cancellation)
    {
        var woken = await transaction.Context.Work.FromSqlRaw(
            $$"""
            UPDATE work SET not_before = {{database.Now}}, changed_at = {{database.Now}}, reason_code = NULL, reason_detail = NULL{{assignments}}
            WHERE kind = {0} AND dedupe_key = {1} AND {{where}} RETURNING *
            """, kind, dedupeKey).AsNoTracking().ToListAsync(cancellation);
        foreach (var work in woken)
        {
            await Outbox.AddAsync(transaction, work.Id, work.Kind, work.Tier, cancellation);
        }
    }

    /// <summary>Queues a study's verdict, or moves it back by the quiet time while it waits, never beyond the cap.</summary>
    public Task EnqueueStudyAsync(RecordsTransaction transaction, StudyRow study, TimeSpan quiet, TimeSpan cap, CancellationToken cancellation) =>
        transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""
            INSERT INTO work (id, kind, dedupe_key, subject, tier, state, not_before, attempts, max_attempts, fence, created_at, changed_at)
            VALUES ({0}, 'study', {1}, {2}, {3}, 'ready', {{database.NowPlus(quiet)}}, 0, 8, 0, {{database.Now}}, {{database.Now}})
            ON CONFLICT (kind, dedupe_key) DO UPDATE
            SET not_before = {{database.Earlier(database.Later("work.not_before", "excluded.not_before"), database.Plus("work.created_at", cap))}}, changed_at = excluded.changed_at,
                reason_code = NULL, reason_detail = NULL
            WHERE work.state = 'ready'
            """,
            [Guid.CreateVersion7(), StudyKey(study), study.Id, study.Tier], cancellation);

    /// <summary>Studies that wait for their verdict wait at least this long, never beyond the cap.</summary>
    public Task<int> HoldStudiesAsync(RecordsTransaction transaction, IReadOnlyList<string> studyUids, TimeSpan hold, TimeSpan cap, CancellationToken cancellation)
    {
        var until = database.Earlier(database.Later("not_before", database.NowPlus(hold)), database.Plus("created_at", cap));
        return MoveStudiesAsync(transaction, $"not_before = {until}, reason_code = '{Arriving}', reason_detail = 'an association that sent to it is open'", "subject IN", studyUids, cancellation);
    }

    /// <summary>Studies that are held are due: whoever looks at them asks for their quiet time.</summary>
    public Task<int> ReleaseStudiesAsync(RecordsTransaction transaction, IReadOnlyList<string> studyUids, CancellationToken cancellation) =>
        MoveStudiesAsync(transaction, Due, "subject IN", studyUids, cancellation);

    /// <summary>As <see cref="ReleaseStudiesAsync"/>, for every study that is held but these.</summary>
    public Task<int> ReleaseOtherStudiesAsync(RecordsTransaction transaction, IReadOnlyList<string> studyUids, CancellationToken cancellation) =>
        MoveStudiesAsync(transaction, Due, $"reason_code = '{Arriving}' AND subject NOT IN", studyUids, cancellation);

    /// <summary>Whoever decides the study looks at it now, unless it is being looked at.</summary>
    public Task<int> LookAtStudyAsync(RecordsTransaction transaction, string studyUid, CancellationToken cancellation) =>
        MoveStudiesAsync(transaction, $"not_before = {database.Now}", $"reason_code IS DISTINCT FROM '{Arriving}' AND subject IN", [studyUid], cancellation);

    private string Due => $"not_before = {database.Now}, reason_code = NULL, reason_detail = NULL";

    private Task<int> MoveStudiesAsync(RecordsTransaction transaction, string assignments, string which, IReadOnlyList<string> studyUids, CancellationToken cancellation)
    {
        var uids = studyUids.Count == 0 ? "NULL" : string.Join(", ", studyUids.Select((_, i) => $"{{{i}}}"));
        return transaction.Context.Database.ExecuteSqlRawAsync(
            $"UPDATE work SET {assignments}, changed_at = {database.Now} WHERE kind = 'study' AND state = 'ready' AND {which} (SELECT id FROM study WHERE study_instance_uid IN ({uids}))",
            studyUids, cancellation);
    }

    /// <summary>A study is decided once per revision.</summary>
    public static string StudyKey(StudyRow study) => $"{study.Id}/r{study.Revision}";

    private static void Held(WorkRow work, int rows)
    {
        if (rows != 1)
        {
            throw new LeaseLostException(work);
        }
    }
}

/// <summary>Work to be queued.</summary>
/// <param name="Delay">How long it has to wait; zero is due at once and wakes somebody up.</param>
/// <param name="Lane">Destination that it leaves for; empty where there is none.</param>
public sealed record NewWork(string Kind, string DedupeKey, Guid Subject, short Tier, TimeSpan Delay = default, int MaxAttempts = 8, string Lane = "");

/// <summary>The lease ran out while the work was done and somebody else has it: whatever was about to be written must not be.</summary>
public sealed class LeaseLostException(WorkRow work)
    : Exception($"The lease on {work.Kind} work {work.Id} was lost (fence {work.Fence}); its effect is rolled back and the new holder does it.");
