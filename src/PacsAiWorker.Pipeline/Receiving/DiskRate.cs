using System.Globalization;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Bytes that come a day, from the last two weeks.</summary>
public static class DiskRate
{
    private const int Window = 14;

    /// <summary>The larger of what rows and what segments say: copies that came again have no row, and deleted rows have left segments.</summary>
    public static async Task<long> PerDayAsync(IReadOnlyList<SegmentLook> segments, RetentionStore store, DateTime now, CancellationToken cancellation)
    {
        var since = now.AddDays(-Window);
        var (bytes, first) = await store.ReceivedAsync(since, cancellation);
        var recent = segments.Where(s => s.Hold != SegmentHold.Open && BegunAt(s.Id) >= since).ToList();
        var begun = recent.Count > 0 ? recent.Min(s => BegunAt(s.Id)) : now;
        return PerDay(Math.Max(bytes, recent.Sum(s => s.Bytes)), first < begun ? first.Value : begun, now);
    }

    /// <summary>Pure: over the days since the first came, at least one.</summary>
    public static long PerDay(long bytes, DateTime first, DateTime now) => (long)(bytes / Math.Clamp((now - first).TotalDays, 1, Window));

    /// <summary>A segment's id is a UUID of version 7: its first 48 bits are milliseconds since 1970.</summary>
    public static DateTime BegunAt(Guid segment) =>
        DateTime.UnixEpoch.AddMilliseconds(long.Parse(segment.ToString("N").AsSpan(0, 12), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
}
