using System.Globalization;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Pipeline;

/// <summary>Pure: what a report says of an image beyond its size. Nothing is guessed; what contradicts itself is left out.</summary>
public static class HeaderFacts
{
    /// <summary>
    /// L, R or B from (0020,0060) and (0020,0062), and from the Frame Anatomy (PS3.3 C.7.6.16.2.8) of every frame where an object has it; empty
    /// where nothing says so, or they differ (safety rule 3). The receiver keeps no sequences: what frames say is known when the image is scored.
    /// </summary>
    public static string Laterality(DataSet header)
    {
        var said = new[] { Tags.Laterality, Tags.ImageLaterality }.Select(header.GetString).Where(IsSide).Concat(OfFrames(header)).Distinct().ToList();
        return said is [{ } side] && IsSide(side) ? side : "";
    }

    private static bool IsSide(string? value) => value is "L" or "R" or "B";

    /// <summary>What frames say: of all of them at once, or one by one. A frame that is silent or unpaired (U) beside others that have a side says another thing than they.</summary>
    private static IEnumerable<string?> OfFrames(DataSet header)
    {
        static string? Of(DataSet group) => group.GetItems(Tags.FrameAnatomySequence).Select(a => a.GetString(Tags.FrameLaterality)).FirstOrDefault();
        var shared = header.GetItems(Tags.SharedFunctionalGroupsSequence).Select(Of).OfType<string>();
        var frames = header.GetItems(Tags.PerFrameFunctionalGroupsSequence).Select(Of).ToList();
        return shared.Concat(frames.Exists(f => f is not null) ? frames : []);
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
