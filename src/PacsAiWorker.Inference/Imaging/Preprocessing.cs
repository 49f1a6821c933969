using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>From picture and crop to the network's tensor.</summary>
public static class Preprocessing
{
    /// <summary>Crop, colour, resize, normalise: <see cref="Fill"/> into new memory.</summary>
    /// <returns>Channels × Height × Width float32 (NHWC: Height × Width × Channels), C order.</returns>
    /// <exception cref="ArgumentException">The crop does not lie in the picture.</exception>
    public static float[] ToTensor(RasterImage image, Crop crop, PreprocessingRule rule)
    {
        var tensor = new float[rule.Length];
        Fill(image, crop, rule, tensor, new PreprocessingScratch());
        return tensor;
    }

    /// <summary>
    /// Crop, colour, resize, normalise, straight into a place of a batch. Allocates nothing once the scratch has seen a picture of this
    /// size. The same picture, crop and rule give the same bits on every machine.
    /// </summary>
    /// <param name="image">The picture.</param>
    /// <param name="crop">What of it is used.</param>
    /// <param name="rule">The package's rule.</param>
    /// <param name="destination">Channels × Height × Width values (NHWC: Height × Width × Channels), C order; what was there is overwritten.</param>
    /// <param name="scratch">Of this thread.</param>
    /// <exception cref="ArgumentException">The crop does not lie in the picture, or the destination has another length than the rule's.</exception>
    public static void Fill(RasterImage image, Crop crop, PreprocessingRule rule, Span<float> destination, PreprocessingScratch scratch)
    {
        if (crop.X0 < 0 || crop.Y0 < 0 || crop.X1 >= image.Width || crop.Y1 >= image.Height || crop.Width < 1 || crop.Height < 1)
            throw new ArgumentException($"crop {crop} does not lie in {image.Width} × {image.Height}", nameof(crop));
        if (destination.Length != rule.Length)
            throw new ArgumentException($"the destination holds {destination.Length} values, the rule makes {rule.Length}", nameof(destination));
        var (acrossAt, downAt) = AxisPlacement.Of(rule, crop.Width, crop.Height);
        var across = scratch.Taps.Get(new TapKey(acrossAt, rule.Interpolation, rule.Antialias));
        var down = scratch.Taps.Get(new TapKey(downAt, rule.Interpolation, rule.Antialias));
        var target = new TensorRows(destination, rule, acrossAt, downAt);
        target.Pad();
        var resizer = new Resizer(Source(image, crop, across, down, rule.IsColour, scratch), across, down, target, scratch);
        if (rule.Interpolation == Interpolation.Bicubic)
            resizer.AcrossThenDown();
        else
            resizer.DownThenAcross();
    }

    /// <summary>Luma of BT.601 in whole numbers: equal channels give exactly their value.</summary>
    internal static byte Grey(byte red, byte green, byte blue) => (byte)((299 * red + 587 * green + 114 * blue + 500) / 1000);

    /// <summary>The rows and columns that the taps use; in place, unless colours become grey.</summary>
    private static PixelRows Source(RasterImage image, Crop crop, ResampleTaps across, ResampleTaps down, bool isColour, PreprocessingScratch scratch)
    {
        int channels = image.Channels, stride = image.Width * channels;
        var samples = image.Pixels[(((crop.Y0 + down.Begin) * image.Width + crop.X0 + across.Begin) * channels)..];
        if (isColour || channels == 1)
            return new PixelRows(samples, stride, across.Length * channels, channels);
        var grey = scratch.Grey(across.Length * down.Length);
        for (var y = 0; y < down.Length; y++)
            GreyRow.Fill(samples.Slice(y * stride, 3 * across.Length), grey.Slice(y * across.Length, across.Length));
        return new PixelRows(grey, across.Length, across.Length, 1);
    }
}
