using System.Globalization;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Pure: what a report says of an image beyond its size. Nothing is guessed; what contradicts itself is left out.</summary>
public static class HeaderFacts
{
    /// <summary>L, R or B from (0020,0060) and (0020,0062); empty where neither says so, or they differ (safety rule 3).</summary>
    public static string Laterality(DataSet header)
    {
        var said = new[] { Tags.Laterality, Tags.ImageLaterality }.Select(header.GetString).Where(v => v is "L" or "R" or "B").Distinct().ToList();
        return said.Count == 1 ? said[0]! : "";
    }

    /// <summary>YYYYMMDD or YYYYMMDDHHMMSS from (0008,0022) and (0008,0032), else from (0008,002A); empty where there is no date.</summary>
    public static string Acquired(DataSet header)
    {
        var at = header.GetString(Tags.AcquisitionDateTime);
        var date = header.GetString(Tags.AcquisitionDate) ?? Part(at, 0, 8);
        var time = header.GetString(Tags.AcquisitionDate) is null ? Part(at, 8, 6) : Part(header.GetString(Tags.AcquisitionTime), 0, 6);
        return !DateOnly.TryParseExact(date, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? ""
            : TimeOnly.TryParseExact(time, "HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? date + time
            : date!;
    }

    private static string? Part(string? text, int start, int length) => text is not null && text.Length >= start + length ? text.Substring(start, length) : null;
}
