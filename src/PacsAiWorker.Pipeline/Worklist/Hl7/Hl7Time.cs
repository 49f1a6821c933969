using System.Globalization;

namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>Times (data type TS): YYYYMMDDHHMMSS with the offset from UTC.</summary>
public static class Hl7Time
{
    private static readonly string[] Forms = ["yyyyMMddHHmmss", "yyyyMMddHHmm", "yyyyMMdd"];

    public static string Write(DateTimeOffset time) => time.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + Offset(time.Offset);

    /// <summary>UTC; null when it is no time.</summary>
    /// <param name="zone">Of a time that names no offset.</param>
    public static DateTime? Read(string text, TimeZoneInfo zone)
    {
        var sign = text.IndexOfAny(['+', '-']);
        var local = (sign < 0 ? text : text[..sign]).Split('.')[0];
        if (!DateTime.TryParseExact(local, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return null;
        }

        var offset = sign >= 0 && text.Length == sign + 5 && int.TryParse(text.AsSpan(sign + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var hhmm) && hhmm <= 1400 && hhmm % 100 < 60
            ? new TimeSpan(hhmm / 100, hhmm % 100, 0) * (text[sign] == '-' ? -1 : 1)
            : zone.GetUtcOffset(time);
        return time.Ticks > TimeSpan.TicksPerDay ? DateTime.SpecifyKind(time - offset, DateTimeKind.Utc) : null;
    }

    private static string Offset(TimeSpan offset) => (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hhmm", CultureInfo.InvariantCulture);
}
