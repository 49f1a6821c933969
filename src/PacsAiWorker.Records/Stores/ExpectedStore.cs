using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>What is expected, and what no longer is.</summary>
public sealed class ExpectedStore(RecordsDatabase database)
{
    /// <summary>After so long nobody looks for a study any more; a step that a modality performed is kept longer, its study may come from an archive.</summary>
    private static readonly TimeSpan Expected = TimeSpan.FromDays(14), Performed = TimeSpan.FromDays(90);

    /// <summary>Keeps what the modality worklist names now; what it no longer names before its time was moved or cancelled and is forgotten.</summary>
    /// <param name="isWhole">Whether this is all that the list has for the days it was asked for.</param>
    public Task WriteAsync(IReadOnlyList<ExpectedStudyRow> listed, bool isWhole, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var context = transaction.Context;
        var keys = listed.Select(l => l.KeyDigest).ToList();
        var known = await context.ExpectedStudies.Where(e => keys.Contains(e.KeyDigest)).ToDictionaryAsync(e => e.KeyDigest, cancellation);
        foreach (var step in listed.DistinctBy(l => l.KeyDigest))
        {
            if (known.TryGetValue(step.KeyDigest, out var row))
            {
                (row.StationAe, row.ScheduledAt, row.LastListedAt) = (step.StationAe, step.ScheduledAt, now);
            }
            else
            {
                (step.FirstListedAt, step.LastListedAt) = (now, now);
                context.ExpectedStudies.Add(step);
            }
        }

        await context.SaveChangesAsync(cancellation);
        var forgotten = now - Expected;
        await context.ExpectedStudies.Where(e => e.ScheduledAt < forgotten || (isWhole && e.ScheduledAt > now && e.LastListedAt < now)).ExecuteDeleteAsync(cancellation);
    }, cancellation);

    /// <summary>Steps whose images are all here are not looked at again; old steps are removed.</summary>
    /// <returns>How many steps are whole now.</returns>
    public async Task<int> SettleAsync(DateTime now, CancellationToken cancellation)
    {
        IReadOnlyList<string> whole;
        var old = now - Performed;
        await using (var context = database.Open())
        {
            whole = await AbsenceQuery.WholeStepsAsync(context, cancellation);
            if (whole.Count == 0 && !await context.PerformedSteps.AnyAsync(s => s.ChangedAt < old, cancellation) && !await context.Dismissals.AnyAsync(d => d.At < old, cancellation))
            {
                return 0;
            }
        }

        return await database.WriteAsync(async transaction =>
        {
            await transaction.Context.PerformedSteps.Where(s => s.ChangedAt < old).ExecuteDeleteAsync(cancellation);
            await transaction.Context.Dismissals.Where(d => d.At < old).ExecuteDeleteAsync(cancellation);
            return await transaction.Context.PerformedSteps.Where(s => whole.Contains(s.SopInstanceUid)).ExecuteUpdateAsync(s => s.SetProperty(r => r.AllHereAt, now), cancellation);
        }, cancellation);
    }

    /// <summary>A person says that something absent will not come; audited. False when there is no such study or step.</summary>
    /// <param name="subject">As the line names it.</param>
    public Task<bool> DismissAsync(string subject, string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var context = transaction.Context;
        var key = subject[(subject.IndexOf(':') + 1)..];
        if (!await (subject.StartsWith("expected:", StringComparison.Ordinal) ? context.ExpectedStudies.AnyAsync(e => e.KeyDigest == key, cancellation)
            : subject.StartsWith("step:", StringComparison.Ordinal) ? context.PerformedSteps.AnyAsync(s => s.SopInstanceUid == key, cancellation) : Task.FromResult(false)))
        {
            return false;
        }

        if (!await context.Dismissals.AnyAsync(d => d.Subject == subject, cancellation))
        {
            context.Dismissals.Add(new AbsenceDismissalRow { Subject = subject, Why = why, Actor = actor, At = now });
            await AuditChain.AppendAsync(transaction, [new AuditEvent("absence dismissed", subject, null, new { why }, actor)], now, cancellation);
        }

        return true;
    }, cancellation);
}
