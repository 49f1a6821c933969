using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Inference.Routing;

/// <summary>Tells screens of measurements and scanned papers from scans, by what their header says.</summary>
internal static class ReportScreen
{
    private const int Graphics = 5;
    private static readonly string[] Words = ["REPORT", "WORKSHEET"];

    /// <summary>How it shows that this is no scan, in one sentence; null when nothing shows it.</summary>
    public static string? Found(DataSet set, IReadOnlyList<RegionItem> regions)
    {
        if (new DescriptionWords(set.GetStrings(Tags.ImageType).Skip(2)) is var type && Array.Exists(Words, type.Has))
            return "Image Type names a report";
        if (set.GetString(Tags.ConversionType) is "SD" or "DRW") // PS3.3 C.8.6.1: scanned document, drawing
            return "Conversion Type says that it was scanned from paper or drawn";
        // Whole-screen items without a format say nothing: many carts write them beside the scan.
        return regions.Any(r => r.SpatialFormat == Graphics) && regions.All(r => r.SpatialFormat is 0 or Graphics)
            ? "all its regions are graphics" : null;
    }
}
