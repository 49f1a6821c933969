using System.Globalization;

namespace PacsAiWorker.Web;

/// <summary>Times as people at the site read them.</summary>
public sealed class DeskTime(DeskPlace place, TimeProvider clock)
{
    private static readonly DateOnly Least = new(1900, 1, 1), Most = new(9000, 1, 1);

    /// <summary>UTC.</summary>
    public DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>For example <c>2026-03-04 17:05</c>, in the site's zone.</summary>
    public string Show(DateTime? utc) => utc is { } time ? Local(time).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "";

    /// <summary>With seconds.</summary>
    public string ShowExactly(DateTime utc) => Local(utc).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>As machines read it.</summary>
    public static string Machine(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>How long ago, in the largest two units: <c>2 h 5 min</c>.</summary>
    public string Ago(DateTime utc) => Length(Now - utc);

    /// <summary>A length of time in words.</summary>
    public static string Length(TimeSpan span) =>
        span < TimeSpan.FromSeconds(1) ? "0 s"
        : span < TimeSpan.FromMinutes(1) ? $"{span.Seconds} s"
        : span < TimeSpan.FromHours(1) ? $"{span.Minutes} min"
        : span < TimeSpan.FromDays(1) ? $"{span.Hours} h {span.Minutes} min"
        : $"{span.Days} d {span.Hours} h";

    /// <summary>A day of the site as the time at which it begins, UTC.</summary>
    public DateTime StartOf(DateOnly day)
    {
        // At the ends of the calendar there is no other zone.
        var local = (day < Least ? Least : day > Most ? Most : day).ToDateTime(TimeOnly.MinValue);
        // Where clocks jump over midnight, the day begins after the gap.
        while (place.Zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        return TimeZoneInfo.ConvertTimeToUtc(local, place.Zone);
    }

    /// <summary>The first moment after a day of the site, UTC.</summary>
    public DateTime EndOf(DateOnly day) => StartOf(day < Most ? day.AddDays(1) : Most);

    public DateTime Local(DateTime utc) => TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(utc, DateTimeKind.Utc), place.Zone);
}
