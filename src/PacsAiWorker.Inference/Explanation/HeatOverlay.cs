using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Inference.Explanation;

/// <summary>A crop with a map over it: grey where the map is 0, yellow to red the higher it is. Nothing outside the crop is in it.</summary>
public static class HeatOverlay
{
    private const double Strongest = 0.6;

    /// <param name="image">The frame.</param>
    /// <param name="crop">What of it is shown.</param>
    /// <param name="map">Crop height × crop width values, 0 to 1.</param>
    /// <returns>Red, green, blue, of the crop's size.</returns>
    public static RasterImage Paint(RasterImage image, Crop crop, ReadOnlySpan<float> map)
    {
        using var shown = image.Cropped(crop);
        var painted = new byte[3 * map.Length];
        for (var i = 0; i < map.Length; i++)
        {
            var grey = shown.Channels == 1 ? shown.Pixels[i] : Preprocessing.Grey(shown.Pixels[3 * i], shown.Pixels[3 * i + 1], shown.Pixels[3 * i + 2]);
            var heat = Math.Clamp(map[i], 0, 1);
            var share = Strongest * heat;
            painted[3 * i] = Mixed(grey, 255, share);
            painted[3 * i + 1] = Mixed(grey, 255 * (1 - heat), share);
            painted[3 * i + 2] = Mixed(grey, 0, share);
        }
        return new RasterImage(crop.Width, crop.Height, 3, painted);
    }

    private static byte Mixed(double grey, double colour, double share) => (byte)Math.Round(grey + (colour - grey) * share);
}
