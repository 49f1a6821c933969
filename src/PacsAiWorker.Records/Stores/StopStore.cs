using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>The one action that stops messages about priority on every worker, and its end: all of them, those of one package, or those over one channel.</summary>
public sealed class StopStore(RecordsDatabase database)
{
    /// <summary>The stop of all messages; null while there is none.</summary>
    public async Task<MessageStopRow?> CurrentAsync(CancellationToken cancellation) => (await AllAsync(cancellation)).FirstOrDefault(s => s is { ModelId: "", Channel: "" });

    /// <summary>Every stop that holds, the oldest first.</summary>
    public async Task<IReadOnlyList<MessageStopRow>> AllAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await AllAsync(context, cancellation);
    }

    /// <summary>Stops them; a person's act, audited. Gives what holds: the earlier stop of the same messages where there is one.</summary>
    /// <param name="modelId">Of this package alone, of every version; empty: whatever the package.</param>
    /// <param name="channel">Over this one of <see cref="NoticeChannels"/> alone; empty: over each.</param>
    public Task<MessageStopRow> StopAsync(string why, string actor, DateTime now, CancellationToken cancellation, string modelId = "", string channel = "") => database.WriteAsync(async transaction =>
    {
        if ((await AllAsync(transaction.Context, cancellation)).FirstOrDefault(s => s.ModelId == modelId && s.Channel == channel) is { } earlier)
        {
            return earlier;
        }

        var stop = new MessageStopRow { Id = Guid.CreateVersion7(), Since = now, ModelId = modelId, Channel = channel, Why = why, Actor = actor };
        transaction.Context.MessageStops.Add(stop);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("priority messages stopped", $"stop:{stop.Id}", null, new { why, model = modelId, channel }, actor)], now, cancellation);
        return stop;
    }, cancellation);

    /// <summary>Ends the stop of exactly these messages; a person's act, audited. What was held back meanwhile is looked at again. False when they were not stopped.</summary>
    /// <inheritdoc cref="StopAsync"/>
    public Task<bool> ResumeAsync(string why, string actor, DateTime now, CancellationToken cancellation, string modelId = "", string channel = "") => database.WriteAsync(async transaction =>
    {
        var stops = await transaction.Context.MessageStops.Where(s => s.EndedAt == null && s.ModelId == modelId && s.Channel == channel).ToListAsync(cancellation);
        stops.ForEach(s => s.EndedAt = now);
        await transaction.Context.SaveChangesAsync(cancellation);
        await NoticeStore.LookAgainAsync(transaction, "reason_code = 'stopped'", [], cancellation);
        await AuditChain.AppendAsync(transaction, [.. stops.Select(s => new AuditEvent("priority messages resumed", $"stop:{s.Id}", null, new { why, s.Since, model = modelId, channel }, actor))], now, cancellation);
        return stops.Count > 0;
    }, cancellation);

    internal static async Task<IReadOnlyList<MessageStopRow>> AllAsync(RecordsContext context, CancellationToken cancellation) =>
        await context.MessageStops.AsNoTracking().Where(s => s.EndedAt == null).OrderBy(s => s.Since).ToListAsync(cancellation);

    /// <summary>Studies of which nothing is told because of a stop.</summary>
    internal static Task<int> HeldBackAsync(RecordsContext context, MessageStopRow stop, CancellationToken cancellation) => context.Notices
        .Where(n => n.State == NoticeStates.Silent && n.ReasonCode == "stopped" && (stop.Channel == "" || n.Channel == stop.Channel)
            && (stop.ModelId == "" || context.Results.Any(r => r.StudyId == n.StudyId && r.ModelId == stop.ModelId && r.IsPositive) || context.Scores.Any(c => c.StudyId == n.StudyId && c.ModelId == stop.ModelId && c.IsPositive)))
        .Select(n => n.StudyId).Distinct().CountAsync(cancellation);
}
