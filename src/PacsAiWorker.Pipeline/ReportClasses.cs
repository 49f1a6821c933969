using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Pipeline;

/// <summary>SOP classes in which a report may stand, in the order in which they are offered. The same content is legal in all of them.</summary>
public static class ReportClasses
{
    public static IReadOnlyList<string> All { get; } = [SopClasses.Comprehensive3DSr, SopClasses.ComprehensiveSr, SopClasses.EnhancedSr];

    /// <summary>Pure: the first that a PACS accepts; null when it accepts none.</summary>
    /// <param name="stored">The class under which it has the report already: a repeat stays with it while it is accepted.</param>
    public static string? Choose(Func<string, bool> accepts, string? stored) => stored is not null && accepts(stored) ? stored : All.FirstOrDefault(accepts);
}
