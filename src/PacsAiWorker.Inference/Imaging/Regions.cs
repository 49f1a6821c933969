using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>An item of (0018,6011) (PS3.3 C.8.5.5); corners are inclusive, in stored-image pixels.</summary>
/// <param name="SpatialFormat">1 two-dimensional, 2 M-mode, 3 spectral.</param>
/// <param name="DataType">1 tissue, 2 colour flow, 3 pulsed, 4 continuous Doppler.</param>
/// <param name="X0">First column.</param>
/// <param name="Y0">First row.</param>
/// <param name="X1">Last column.</param>
/// <param name="Y1">Last row.</param>
internal sealed record RegionItem(int SpatialFormat, int DataType, long X0, long Y0, long X1, long Y1)
{
    public static IReadOnlyList<RegionItem> ReadAll(DataSet set) =>
    [
        .. set.GetItems(Tags.SequenceOfUltrasoundRegions).Select(i => new RegionItem(
            i.GetInt(Tags.RegionSpatialFormat) ?? 0, i.GetInt(Tags.RegionDataType) ?? 0,
            i.GetInt(Tags.RegionLocationMinX0) ?? 0, i.GetInt(Tags.RegionLocationMinY0) ?? 0,
            i.GetInt(Tags.RegionLocationMaxX1) ?? -1, i.GetInt(Tags.RegionLocationMaxY1) ?? -1)),
    ];
}

/// <summary>Which part of a picture holds the scan.</summary>
internal static class Regions
{
    private const double LeastShareOfPicture = 0.01, MostShareOutside = 0.20;
    private const int TwoDimensional = 1, Tissue = 1, ColourFlow = 2;

    /// <summary>
    /// The crop under a package's rules: a region when one is usable, else found in the pixels if allowed; null when there is none.
    /// </summary>
    public static Crop? Choose(IReadOnlyList<RegionItem> items, IReadOnlyList<RasterImage> frames, RegionPolicy policy, bool fallback)
    {
        var boxes = Usable(items, frames[0].Width, frames[0].Height);
        if (boxes.Count == 0)
            return fallback ? PixelFallback.Find(frames) : null;
        if (policy == RegionPolicy.Reject && boxes.Any(a => boxes.Any(b => Disjoint(a, b))))
            return null;
        return PixelFallback.WithoutTextBands(frames[0], boxes.MaxBy(b => (long)b.Width * b.Height)!); // the first of equals
    }

    /// <summary>Two-dimensional regions, clamped to the picture; degenerate, tiny and mostly outside ones dropped.</summary>
    internal static IReadOnlyList<Crop> Usable(IReadOnlyList<RegionItem> items, int width, int height)
    {
        var boxes = new List<Crop>();
        foreach (var item in items.Where(i => i.SpatialFormat == TwoDimensional && i.DataType is Tissue or ColourFlow))
        {
            // Corners in the wrong order are swapped.
            long x0 = Math.Min(item.X0, item.X1), x1 = Math.Max(item.X0, item.X1), y0 = Math.Min(item.Y0, item.Y1),
                y1 = Math.Max(item.Y0, item.Y1);
            if (x0 == x1 || y0 == y1)
                continue;
            long left = Math.Max(0, x0), right = Math.Min(width - 1, x1), top = Math.Max(0, y0), bottom = Math.Min(height - 1, y1);
            if (left >= right || top >= bottom)
                continue;
            double whole = (double)(x1 - x0 + 1) * (y1 - y0 + 1), inside = (double)(right - left + 1) * (bottom - top + 1);
            if ((whole - inside) / whole <= MostShareOutside && inside >= LeastShareOfPicture * width * height)
                boxes.Add(new Crop((int)left, (int)top, (int)right, (int)bottom, CropSource.Region));
        }
        return boxes;
    }

    /// <summary>An item in words, and what becomes of it in a picture of this size.</summary>
    public static string Describe(RegionItem item, int width, int height)
    {
        var use = item.SpatialFormat != TwoDimensional || item.DataType is not (Tissue or ColourFlow) ? "not a two-dimensional scan"
            : Usable([item], width, height) is [var box] ? $"usable: columns {box.X0} to {box.X1}, rows {box.Y0} to {box.Y1}"
            : "rejected: degenerate, tiny or mostly outside the picture";
        return $"format {item.SpatialFormat}, type {item.DataType}, ({item.X0}, {item.Y0}) to ({item.X1}, {item.Y1}): {use}";
    }

    private static bool Disjoint(Crop a, Crop b) => a.X1 < b.X0 || b.X1 < a.X0 || a.Y1 < b.Y0 || b.Y1 < a.Y0;
}
