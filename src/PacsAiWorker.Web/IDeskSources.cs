using PacsAiWorker.Records.Queries;

namespace PacsAiWorker.Web;

/// <summary>What stands outside the database and pages show nonetheless. The host fills it.</summary>
public interface IDeskSources
{
    /// <summary>The picture that a score was computed from, PNG, the scan area alone; null where it is no longer kept or no longer what it was.</summary>
    /// <param name="place">As the score has it.</param>
    byte[]? Picture(string place);

    /// <summary>A Structured Report as text for people, a line an item, children indented by two spaces.</summary>
    /// <param name="report">A Part 10 file.</param>
    IReadOnlyList<string> ReportText(byte[] report);
}

/// <summary>Where the desk stands.</summary>
/// <param name="Site">Name of the site.</param>
/// <param name="Zone">In which times are shown.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Limits">After how long something absent is said.</param>
/// <param name="StudyLimit">How long a study may be open.</param>
/// <param name="DataDirectory">Keys of the sign-in and the link of the first one are kept there.</param>
public sealed record DeskPlace(string Site, TimeZoneInfo Zone, string Version, string DataDirectory, AbsenceLimits Limits, TimeSpan StudyLimit);
