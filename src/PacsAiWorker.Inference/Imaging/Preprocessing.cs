using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>From picture and crop to the network's tensor.</summary>
public static class Preprocessing
{
    /// <summary>Crop, colour, separable resize (rows first), normalise.</summary>
    /// <returns>Channels × Height × Width float32, C order.</returns>
    /// <exception cref="ArgumentException">The crop does not lie in the picture.</exception>
    public static float[] ToTensor(RasterImage image, Crop crop, PreprocessingRule rule)
    {
        if (crop.X0 < 0 || crop.Y0 < 0 || crop.X1 >= image.Width || crop.Y1 >= image.Height || crop.Width < 1 || crop.Height < 1)
            throw new ArgumentException($"crop {crop} does not lie in {image.Width} × {image.Height}", nameof(crop));
        var across = ResampleTaps.Make(crop.Width, rule.Width, rule.Interpolation, rule.Antialias);
        var down = ResampleTaps.Make(crop.Height, rule.Height, rule.Interpolation, rule.Antialias);
        var size = rule.Width * rule.Height;
        var tensor = new float[rule.Channels * size];
        var distinct = rule.Colour == ColourRule.Rgb && image.Channels == 3 ? 3 : 1;
        for (var c = 0; c < distinct; c++)
        {
            var plane = Plane(image, crop, distinct == 3 ? c : -1);
            Resize(plane, crop.Width, across, down, tensor.AsSpan(c * size, size));
        }
        for (var c = distinct; c < rule.Channels; c++)
            tensor.AsSpan(0, size).CopyTo(tensor.AsSpan(c * size, size));
        for (var c = 0; c < rule.Channels; c++)
        {
            var factor = (float)(rule.Scale / rule.Std[c]);
            var offset = (float)(-rule.Mean[c] / rule.Std[c]);
            foreach (ref var value in tensor.AsSpan(c * size, size))
                value = value * factor + offset;
        }
        return tensor;
    }

    /// <summary>Luma of BT.601 in whole numbers: equal channels give exactly their value.</summary>
    internal static byte Grey(byte red, byte green, byte blue) => (byte)((299 * red + 587 * green + 114 * blue + 500) / 1000);

    /// <summary>One channel of the crop, Height × Width; channel -1 means grey.</summary>
    private static byte[] Plane(RasterImage image, Crop crop, int channel)
    {
        var plane = new byte[crop.Width * crop.Height];
        var pixels = image.Pixels;
        for (var y = 0; y < crop.Height; y++)
        {
            var row = pixels.Slice(((crop.Y0 + y) * image.Width + crop.X0) * image.Channels, crop.Width * image.Channels);
            var target = plane.AsSpan(y * crop.Width, crop.Width);
            if (image.Channels == 1)
                row.CopyTo(target);
            else
                for (var x = 0; x < target.Length; x++)
                    target[x] = channel >= 0 ? row[3 * x + channel] : Grey(row[3 * x], row[3 * x + 1], row[3 * x + 2]);
        }
        return plane;
    }

    private static void Resize(byte[] plane, int width, ResampleTaps across, ResampleTaps down, Span<float> target)
    {
        var line = new float[width];
        for (var y = 0; y < down.First.Length; y++)
        {
            Array.Clear(line);
            for (var k = 0; k < down.Weights[y].Length; k++)
            {
                var weight = down.Weights[y][k];
                var row = plane.AsSpan((down.First[y] + k) * width, width);
                for (var x = 0; x < row.Length; x++)
                    line[x] += weight * row[x];
            }
            var result = target.Slice(y * across.First.Length, across.First.Length);
            for (var x = 0; x < result.Length; x++)
            {
                var sum = 0f;
                var weights = across.Weights[x];
                var first = across.First[x];
                for (var k = 0; k < weights.Length; k++)
                    sum += weights[k] * line[first + k];
                result[x] = sum;
            }
        }
    }
}
