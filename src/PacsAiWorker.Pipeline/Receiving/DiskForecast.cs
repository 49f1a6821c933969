namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Pure: in how many days will the spool's disk reach its mark, if images go on coming as they do?</summary>
public static class DiskForecast
{
    /// <summary>Beyond this nobody can say; days.</summary>
    public const int Horizon = 365;

    /// <summary>A warning this long before the mark; days.</summary>
    public const int Warning = 7;

    /// <param name="room">Bytes that may still come.</param>
    /// <param name="bytesPerDay">Bytes that come a day.</param>
    /// <param name="keepDays">Days after which what comes from now on goes again; 0 for never.</param>
    /// <param name="goes">What is on the disk now and will go: bytes, and in how many days.</param>
    /// <returns>0 when the mark is reached already; null when it is not within <see cref="Horizon"/>.</returns>
    public static int? DaysUntilMark(long room, long bytesPerDay, int keepDays, IReadOnlyList<(long Bytes, int InDays)> goes)
    {
        var freed = goes.GroupBy(g => Math.Max(1, g.InDays)).ToDictionary(g => g.Key, g => g.Sum(s => s.Bytes));
        if (room < 0)
        {
            return 0;
        }

        for (var day = 1; day <= Horizon; day++)
        {
            // What comes needs its room before anything goes.
            room -= bytesPerDay;
            if (room < 0)
            {
                return day;
            }

            room += freed.GetValueOrDefault(day) + (keepDays > 0 && day > keepDays ? bytesPerDay : 0);
        }

        return null;
    }

    /// <summary>When each segment goes: what something holds never does.</summary>
    public static IReadOnlyList<(long Bytes, int InDays)> Goes(IEnumerable<SegmentLook> segments, int keepDays, DateTime now) => keepDays == 0 ? [] :
    [
        .. segments.Where(s => s.Hold is SegmentHold.None or SegmentHold.Young or SegmentHold.Open)
            .Select(s => (s.Bytes, InDays: (int)Math.Ceiling((s.ChangedAt.AddDays(keepDays) - now).TotalDays), s.Hold))
            .Where(s => s.Hold != SegmentHold.Open || s.InDays > 0)
            .Select(s => (s.Bytes, s.InDays)),
    ];
}
