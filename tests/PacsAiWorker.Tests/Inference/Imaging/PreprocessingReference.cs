using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Imaging;

/// <summary>Pre-processing by its definition, in double precision, pixel by pixel.</summary>
internal static class PreprocessingReference
{
    /// <returns>As <see cref="Preprocessing.ToTensor"/>.</returns>
    public static double[] Tensor(RasterImage image, Crop crop, PreprocessingRule rule)
    {
        var tensor = new double[rule.Length];
        for (var c = 0; c < rule.Channels; c++)
        {
            var channel = rule.Colour switch { ColourRule.Rgb => c, ColourRule.Bgr => 2 - c, _ => -1 };
            var levels = Levels(image, crop, rule, channel);
            for (var y = 0; y < rule.Height; y++)
                for (var x = 0; x < rule.Width; x++)
                {
                    var at = rule.Layout == TensorLayout.Nchw ? (c * rule.Height + y) * rule.Width + x : (y * rule.Width + x) * rule.Channels + c;
                    tensor[at] = (levels[y, x] * rule.Scale - rule.Mean[c]) / rule.Std[c];
                }
        }
        return tensor;
    }

    public static RasterImage Noise(Random random, int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        random.NextBytes(pixels);
        return new RasterImage(width, height, channels, pixels);
    }

    /// <summary>Grey levels of one channel, Height × Width.</summary>
    private static double[,] Levels(RasterImage image, Crop crop, PreprocessingRule rule, int channel)
    {
        var (wide, high) = Sides(rule, crop.Width, crop.Height);
        var across = Weights(crop.Width, wide, rule);
        var down = Weights(crop.Height, high, rule);
        var rows = new double[crop.Height, wide];
        for (var y = 0; y < crop.Height; y++)
            for (var x = 0; x < wide; x++)
                rows[y, x] = Cut(across[x].Sum(w => w.Weight * Sample(image, crop.X0 + w.Source, crop.Y0 + y, channel)), rule);
        var levels = new double[rule.Height, rule.Width];
        int left = Half(rule.Width - wide), top = Half(rule.Height - high);
        for (var y = 0; y < rule.Height; y++)
            for (var x = 0; x < rule.Width; x++)
                levels[y, x] = y - top >= 0 && y - top < high && x - left >= 0 && x - left < wide
                    ? Cut(down[y - top].Sum(w => w.Weight * rows[w.Source, x - left]), rule)
                    : rule.Pad;
        return levels;
    }

    /// <summary>Sides of the whole resized crop, of which the tensor shows the middle, or which lies in the tensor's middle.</summary>
    private static (int Wide, int High) Sides(PreprocessingRule rule, int width, int height)
    {
        if (rule.Mode == ResizeMode.Stretch)
            return (rule.Width, rule.Height);
        if (rule.Mode == ResizeMode.ShortSideCentreCrop)
            return width < height ? (rule.ShortSide, rule.ShortSide * height / width) : (rule.ShortSide * width / height, rule.ShortSide);
        return width * rule.Height > height * rule.Width
            ? (rule.Width, Math.Max(1, (int)Math.Round((double)height / width * rule.Width)))
            : (Math.Max(1, (int)Math.Round((double)width / height * rule.Height)), rule.Height);
    }

    private static int Half(int difference) => (int)Math.Round(difference / 2.0);

    private static double Cut(double level, PreprocessingRule rule) => rule.Interpolation == Interpolation.Bicubic ? Math.Clamp(level, 0, 255) : level;

    private static double Sample(RasterImage image, int x, int y, int channel)
    {
        var pixel = image.Pixels.Slice((y * image.Width + x) * image.Channels, image.Channels);
        return image.Channels == 1 ? pixel[0] : channel >= 0 ? pixel[channel] : Math.Floor((299.0 * pixel[0] + 587.0 * pixel[1] + 114.0 * pixel[2] + 500) / 1000);
    }

    private static (int Source, double Weight)[][] Weights(int source, int target, PreprocessingRule rule)
    {
        var scale = (double)source / target;
        var widened = rule.Antialias || rule.Interpolation == Interpolation.Area ? Math.Max(1, scale) : 1;
        return [.. Enumerable.Range(0, target).Select(i => One((i + 0.5) * scale))];

        (int, double)[] One(double centre)
        {
            if (rule.Interpolation == Interpolation.Nearest)
                return [(Math.Min(source - 1, (int)centre), 1)];
            var all = Enumerable.Range(0, source).Select(s => (s, Weight: Filter(rule.Interpolation, s, centre, widened))).Where(w => w.Weight != 0).ToList();
            var sum = all.Sum(a => a.Weight);
            return [.. all.Select(w => (w.s, w.Weight / sum))];
        }
    }

    private static double Filter(Interpolation interpolation, int source, double centre, double width) => (interpolation, Math.Abs((source + 0.5 - centre) / width)) switch
    {
        (Interpolation.Area, _) => IsInBox(source, centre, width) ? 1 : 0,
        (Interpolation.Bilinear, var d) => Math.Max(0, 1 - d),
        (_, < 1 and var d) => 1.5 * d * d * d - 2.5 * d * d + 1,
        (_, < 2 and var d) => -0.5 * d * d * d + 2.5 * d * d - 4 * d + 2,
        _ => 0,
    };

    /// <summary>A centre on the very border of two boxes falls as the rounding errors of just this order do; Pillow judges the order.</summary>
    private static bool IsInBox(int source, double centre, double width) =>
        source >= (int)(centre - width / 2 + 0.5) && source < (int)(centre + width / 2 + 0.5) && (source - centre + 0.5) * (1 / width) is > -0.5 and <= 0.5;
}
