using Microsoft.EntityFrameworkCore;

namespace PacsAiWorker.Records.Queries;

/// <summary>What one application entity has sent.</summary>
/// <param name="LastAt">When its last image came; UTC.</param>
/// <param name="Today">Images of the last 24 hours.</param>
public sealed record SenderLine(string CallingAe, string Site, int Studies, DateTime LastAt, int Today);

/// <summary>Who sends, and since when somebody has been silent.</summary>
public static class SenderQuery
{
    public static async Task<IReadOnlyList<SenderLine>> RunAsync(RecordsDatabase database, DateTime now, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var yesterday = now - TimeSpan.FromDays(1);
        var senders = await context.Studies.GroupBy(s => new { s.CallingAe, s.Site })
            .Select(g => new { g.Key, Studies = g.Count(), LastAt = g.Max(s => s.LastReceivedAt) }).ToListAsync(cancellation);
        var today = (await context.Instances.Where(i => i.ReceivedAt >= yesterday).GroupBy(i => i.CallingAe).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancellation)).ToDictionary(g => g.Key, g => g.Count);
        return [.. senders.OrderBy(s => s.Key.CallingAe, StringComparer.Ordinal).Select(s => new SenderLine(s.Key.CallingAe, s.Key.Site, s.Studies, s.LastAt, today.GetValueOrDefault(s.Key.CallingAe)))];
    }
}
