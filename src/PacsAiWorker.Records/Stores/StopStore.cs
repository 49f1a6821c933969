using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>The one action that stops all messages about priority, on every worker, and its end.</summary>
public sealed class StopStore(RecordsDatabase database)
{
    /// <summary>Since when they are stopped; null while they go out.</summary>
    public async Task<MessageStopRow?> CurrentAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await CurrentAsync(context, cancellation);
    }

    /// <summary>Stops them; a person's act, audited. Gives what holds: the earlier stop where there is one.</summary>
    public Task<MessageStopRow> StopAsync(string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        if (await CurrentAsync(transaction.Context, cancellation) is { } earlier)
        {
            return earlier;
        }

        var stop = new MessageStopRow { Id = Guid.CreateVersion7(), Since = now, Why = why, Actor = actor };
        transaction.Context.MessageStops.Add(stop);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("priority messages stopped", $"stop:{stop.Id}", null, new { why }, actor)], now, cancellation);
        return stop;
    }, cancellation);

    /// <summary>Ends the stop; a person's act, audited. What was held back meanwhile is looked at again. False when nothing was stopped.</summary>
    public Task<bool> ResumeAsync(string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var stops = await transaction.Context.MessageStops.Where(s => s.EndedAt == null).ToListAsync(cancellation);
        stops.ForEach(s => s.EndedAt = now);
        await transaction.Context.SaveChangesAsync(cancellation);
        await NoticeStore.LookAgainAsync(transaction, "reason_code = 'stopped'", [], cancellation);
        await AuditChain.AppendAsync(transaction, [.. stops.Select(s => new AuditEvent("priority messages resumed", $"stop:{s.Id}", null, new { why, s.Since }, actor))], now, cancellation);
        return stops.Count > 0;
    }, cancellation);

    internal static Task<MessageStopRow?> CurrentAsync(RecordsContext context, CancellationToken cancellation) =>
        context.MessageStops.AsNoTracking().Where(s => s.EndedAt == null).OrderBy(s => s.Since).FirstOrDefaultAsync(cancellation);
}
