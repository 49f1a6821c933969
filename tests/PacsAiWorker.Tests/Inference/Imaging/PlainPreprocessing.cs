using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Imaging;

/// <summary>The same sums in the same order, one float after the other: what machines without vectors compute.</summary>
internal static class PlainPreprocessing
{
    /// <summary>A grey tensor by stretching.</summary>
    public static float[] Tensor(RasterImage image, PreprocessingRule rule)
    {
        var across = Taps(image.Width, rule.Width, rule);
        var down = Taps(image.Height, rule.Height, rule);
        var source = image.Pixels.ToArray().Select(p => (float)p).ToArray();
        var levels = rule.Interpolation == Interpolation.Bicubic
            ? Cut(Down(Cut(Across(source, image.Width, across)), across.Count, down))
            : Across(Down(source, image.Width, down), image.Width, across);
        float factor = (float)(rule.Scale / rule.Std[0]), offset = (float)(-rule.Mean[0] / rule.Std[0]);
        return [.. levels.Select(level => level * factor + offset)];
    }

    private static ResampleTaps Taps(int source, int target, PreprocessingRule rule)
    {
        var taps = new ResampleTaps();
        taps.Fill(new TapKey(new AxisPlacement(source, target, 0, target, 0), rule.Interpolation, rule.Antialias));
        return taps;
    }

    private static float[] Down(float[] rows, int width, ResampleTaps taps)
    {
        var result = new float[taps.Count * width];
        for (var y = 0; y < taps.Count; y++)
            for (var k = 0; k < taps.Weights(y).Length; k++)
                for (var x = 0; x < width; x++)
                    result[y * width + x] += taps.Weights(y)[k] * rows[(taps.Begin + taps.First(y) + k) * width + x];
        return result;
    }

    private static float[] Across(float[] rows, int width, ResampleTaps taps)
    {
        var result = new float[rows.Length / width * taps.Count];
        for (var y = 0; y < rows.Length / width; y++)
            for (var x = 0; x < taps.Count; x++)
                for (var k = 0; k < taps.Weights(x).Length; k++)
                    result[y * taps.Count + x] += taps.Weights(x)[k] * rows[y * width + taps.Begin + taps.First(x) + k];
        return result;
    }

    private static float[] Cut(float[] levels) => [.. levels.Select(level => Math.Clamp(level, 0f, 255f))];
}
