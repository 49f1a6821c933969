using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>Name-based UIDs (UUID version 5 under 2.25): the same row always gives the same UIDs, so a repeat is never a second report.</summary>
public static class ReportUids
{
    /// <summary>The model's digest in names is that of the whole package.</summary>
    /// <param name="withoutMaps">The form that does not name the heat maps that there are.</param>
    public static string Report(string study, ResultRow result, string sopClass, bool withoutMaps = false)
    {
        string[] name = ["sr", study, result.ModelId, result.ModelVersion, result.ModelIdentity, result.InputDigest, $"r{result.Revision}", sopClass];
        return DicomUid.FromName(withoutMaps ? [.. name, "without maps"] : name);
    }

    public static string Series(string study, string model, string sopClass) => DicomUid.FromName("series", study, model, sopClass);

    public static string Algorithm(string model, string version, string identity) => DicomUid.FromName("model", model, version, identity);

    public static string Installation(string site) => DicomUid.FromName("device", "PacsAiWorker", site);

    public static string Creator(string site) => DicomUid.FromName("creator", "PacsAiWorker", site);

    public static string CodingScheme => DicomUid.FromName("codingscheme", SrCodes.PrivateScheme);

    /// <param name="frame">0 for a single-frame object.</param>
    public static string HeatMap(string study, ResultRow result, string sop, int frame) =>
        DicomUid.FromName("heatmap", study, result.ModelId, result.ModelVersion, result.ModelIdentity, sop, $"{frame}", $"r{result.Revision}");

    public static string HeatMapSeries(string study, string model) => DicomUid.FromName("heatmapseries", study, model);

    /// <param name="frame">0 for a single-frame object.</param>
    public static string TrackingFrame(string study, string sop, int frame, string model) => DicomUid.FromName("track", study, sop, $"{frame}", model);

    public static string TrackingStudy(string study, string model) => DicomUid.FromName("track", study, "study", model);
}
