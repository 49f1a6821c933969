using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Work;

/// <summary>What stands in the rows of one destination.</summary>
/// <param name="Waiting">Reports that it still owes its yes to, since when the oldest.</param>
/// <param name="Committed">Reports that it promised to keep.</param>
/// <param name="Uncommitted">Reports that it stored and still owes its promise to.</param>
public sealed record DestinationLine(string Name, int Stored, int Waiting, DateTime? WaitingSince, int Withheld, int Retired, int Committed = 0, int Uncommitted = 0);

/// <summary>What people do with destinations: look, and declare one dead so that nothing waits for it for ever.</summary>
public sealed class DestinationDesk(RecordsDatabase database, TimeProvider clock)
{
    /// <summary>Every destination that ever had a report, by name.</summary>
    public async Task<IReadOnlyList<DestinationLine>> ListAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        var counts = await context.Deliveries.GroupBy(d => new { d.Destination, d.State, d.Commitment })
            .Select(g => new { g.Key.Destination, g.Key.State, g.Key.Commitment, Count = g.Count(), Since = g.Min(d => d.CreatedAt) }).ToListAsync(cancellation);
        return
        [
            .. counts.GroupBy(c => c.Destination).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
            {
                int Of(string state) => g.Where(c => c.State == state).Sum(c => c.Count);
                var waiting = g.Where(c => c.State is DeliveryStates.Pending or DeliveryStates.Refused).ToList();
                return new DestinationLine(g.Key, Of(DeliveryStates.Stored), waiting.Sum(c => c.Count), waiting.Min(c => (DateTime?)c.Since), Of(DeliveryStates.Withheld), Of(DeliveryStates.Retired),
                    g.Where(c => CommitmentStates.Proven.Contains(c.Commitment)).Sum(c => c.Count),
                    g.Where(c => c.State == DeliveryStates.Stored && CommitmentStates.Owed.Contains(c.Commitment)).Sum(c => c.Count));
            }),
        ];
    }

    /// <summary>
    /// Gives up what waits for a destination; what it has taken stays, and its promise is not waited for. Gives how many deliveries. A transfer that runs at this moment may
    /// still reach it: its answer is not kept.
    /// </summary>
    public Task<int> RetireAsync(string name, string why, string actor, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        // The delivery before its work, as a finishing delivery does; one that finished a moment ago is stored and stays so.
        var now = clock.GetUtcNow().UtcDateTime;
        var context = transaction.Context;
        var given = await context.Deliveries.FromSqlRaw(
            "UPDATE delivery SET state = 'retired', detail = {1} WHERE destination = {0} AND state IN ('pending', 'refused') RETURNING *", name, $"destination retired: {why}")
            .AsNoTracking().ToListAsync(cancellation);
        foreach (var delivery in given)
        {
            await WorkTable.CancelAsync(transaction, WorkKinds.Deliver, $"{delivery.Id}", "destination retired", why, cancellation);
        }

        foreach (var stored in await context.Deliveries.FromSqlRaw(
            "UPDATE delivery SET commitment = 'given up' WHERE destination = {0} AND commitment IN ('due', 'asked', 'failed') RETURNING *", name).AsNoTracking().ToListAsync(cancellation))
        {
            await WorkTable.CancelAsync(transaction, WorkKinds.Commit, $"{stored.Id}", "destination retired", why, cancellation);
        }

        var studies = new Dictionary<Guid, Guid>();
        foreach (var some in given.Select(d => d.ReportId).Distinct().Chunk(500))
        {
            var wanted = some.ToList();
            foreach (var report in await context.Reports.Where(r => wanted.Contains(r.Id)).Select(r => new { r.Id, r.Result!.StudyId }).ToListAsync(cancellation))
            {
                studies[report.Id] = report.StudyId;
            }
        }

        await AuditChain.AppendAsync(transaction,
            [
                new AuditEvent("destination retired", $"destination:{name}", null, new { why, deliveries = given.Count }, actor),
                .. given.Select(d => new AuditEvent("delivery retired", $"report:{d.ReportId}", studies[d.ReportId], new { d.Destination, why }, actor)),
            ], now, cancellation);
        return given.Count;
    }, cancellation);
}
