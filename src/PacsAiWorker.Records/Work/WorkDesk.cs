using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Work;

/// <summary>What people do with work: look, put back, give up. Each act is audited with who and why.</summary>
public sealed class WorkDesk(RecordsDatabase database, TimeProvider clock)
{
    /// <summary>Work that is not finished, most urgent first.</summary>
    public async Task<IReadOnlyList<WorkRow>> ListAsync(string? kind, string? state, int limit, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Work.AsNoTracking()
            .Where(w => (kind == null || w.Kind == kind) && (state == null ? w.State != WorkStates.Done && w.State != WorkStates.Cancelled : w.State == state))
            .OrderBy(w => w.Tier).ThenBy(w => w.NotBefore).Take(limit).ToListAsync(cancellation);
    }

    /// <summary>Puts parked work back with fresh attempts; all of a kind or reason when no id is given. Gives how many.</summary>
    public Task<int> RetryAsync(Guid? id, string? kind, string? reason, string actor, CancellationToken cancellation) =>
        ChangeAsync(id, kind, reason, actor, "work retry", "by hand", row =>
        {
            row.State = WorkStates.Ready;
            row.Attempts = 0;
            row.NotBefore = clock.GetUtcNow().UtcDateTime;
        }, cancellation);

    /// <summary>Gives parked work up for good.</summary>
    public Task<int> DiscardAsync(Guid id, string why, string actor, CancellationToken cancellation) =>
        ChangeAsync(id, null, null, actor, "work discard", why, row => row.State = WorkStates.Cancelled, cancellation);

    private Task<int> ChangeAsync(Guid? id, string? kind, string? reason, string actor, string action, string why, Action<WorkRow> change, CancellationToken cancellation) =>
        database.WriteAsync(async transaction =>
        {
            var now = clock.GetUtcNow().UtcDateTime;
            var rows = await transaction.Context.Work.Where(w => w.State == WorkStates.Parked && (id == null || w.Id == id) && (kind == null || w.Kind == kind) && (reason == null || w.ReasonCode == reason))
                .ToListAsync(cancellation);
            foreach (var row in rows)
            {
                change(row);
                row.ChangedAt = now;
                if (row.State == WorkStates.Ready)
                {
                    await Outbox.AddAsync(transaction, row.Id, row.Kind, row.Tier, cancellation);
                }
            }

            await transaction.Context.SaveChangesAsync(cancellation);
            await AuditChain.AppendAsync(transaction,
                [.. rows.Select(r => new AuditEvent(action, $"work:{r.Id}", null, new { r.Kind, subject = r.Subject, reason = r.ReasonCode, why }, actor))], now, cancellation);
            return rows.Count;
        }, cancellation);
}
