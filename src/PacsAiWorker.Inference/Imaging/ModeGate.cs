using System.Globalization;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>Whether a picture is B-mode.</summary>
/// <param name="Reason">Doppler or M-mode; null for B-mode.</param>
/// <param name="Detail">What showed it.</param>
internal sealed record ModeVerdict(NotScoredReason? Reason, string? Detail)
{
    public static readonly ModeVerdict BMode = new(null, null);
}

/// <summary>Colour inside the crop.</summary>
/// <param name="ColouredShare">Share of pixels whose channels differ by more than 40 levels, 0 to 1.</param>
/// <param name="Tinted">All brighter pixels have one hue: grey through a coloured map, which is not Doppler.</param>
internal sealed record ColourMeasure(double ColouredShare, bool Tinted)
{
    private const double MostInBMode = 0.010;

    /// <summary>Whether it shows colour Doppler.</summary>
    public bool IsDoppler => ColouredShare > MostInBMode && !Tinted;
}

/// <summary>
/// Tells B-mode from Doppler and M-mode: value 4 of Image Type, the regions, and colour inside the crop. Ultrasound Color Data
/// Present is not used, it is 1 on pure B-mode.
/// </summary>
internal static class ModeGate
{
    private const int ColourLevels = 40, DarkLevels = 64;
    private const int MModeBit = 0x2, DopplerBits = 0x4 | 0x8 | 0x10 | 0x20 | 0x100;
    private const double NearlyAll = 0.98, HueTolerance = 0.35; // of the six sextants of the hue circle: about 20 degrees

    /// <summary>What the header says.</summary>
    /// <param name="imageType">Values of (0008,0008).</param>
    /// <param name="regions">All items, usable or not.</param>
    public static ModeVerdict FromHeader(IReadOnlyList<string> imageType, IReadOnlyList<RegionItem> regions)
    {
        var bits = imageType.Count > 3 && imageType[3].Length is >= 1 and <= 4
            && int.TryParse(imageType[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : 0;
        if ((bits & DopplerBits) != 0)
            return new(NotScoredReason.Doppler, $"Image Type value 4 is {bits:X4}");
        if (regions.FirstOrDefault(r => r.DataType is 2 or 3 or 4 || r.SpatialFormat == 3) is { } doppler)
            return new(NotScoredReason.Doppler, $"a region has data type {doppler.DataType} and spatial format {doppler.SpatialFormat}");
        if ((bits & MModeBit) != 0)
            return new(NotScoredReason.MMode, $"Image Type value 4 is {bits:X4}");
        return regions.Any(r => r.SpatialFormat == 2) ? new(NotScoredReason.MMode, "a region has spatial format 2") : ModeVerdict.BMode;
    }

    /// <summary>Measures colour inside the crop (grey pictures have none).</summary>
    public static ColourMeasure Measure(RasterImage image, Crop crop)
    {
        if (image.Channels == 1)
            return new ColourMeasure(0, false);
        long coloured = 0, bright = 0;
        var hues = new List<double>();
        var pixels = image.Pixels;
        for (var y = crop.Y0; y <= crop.Y1; y++)
            for (var x = crop.X0; x <= crop.X1; x++)
            {
                var i = 3 * (y * image.Width + x);
                int r = pixels[i], g = pixels[i + 1], b = pixels[i + 2];
                int most = Math.Max(r, Math.Max(g, b)), spread = most - Math.Min(r, Math.Min(g, b));
                if (spread > ColourLevels)
                    coloured++;
                if (most < DarkLevels)
                    continue;
                bright++;
                if (spread * 16 >= most) // grey has no hue
                    hues.Add(Hue(r, g, b, most, spread));
            }
        var share = (double)coloured / ((long)crop.Width * crop.Height);
        return new ColourMeasure(share, share > 0 && bright > 0 && hues.Count >= NearlyAll * bright && OneHue(hues));
    }

    /// <summary>0 to 6 around the colour circle.</summary>
    private static double Hue(int r, int g, int b, int most, double spread) =>
        most == r ? ((g - b) / spread + 6) % 6 : most == g ? (b - r) / spread + 2 : (r - g) / spread + 4;

    private static bool OneHue(List<double> hues)
    {
        var middle = hues[hues.Count / 2];
        var near = hues.Count(h => Math.Min(Math.Abs(h - middle), 6 - Math.Abs(h - middle)) <= HueTolerance);
        return near >= NearlyAll * hues.Count;
    }
}
