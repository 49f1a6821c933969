using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>
/// Which source samples make one target sample, along one axis. The triangle filter with half-pixel centres, as Pillow's bilinear
/// (without its rounding to 8 bits between the passes): scale = source / target; support = max(1, scale) with antialias, else 1.
/// </summary>
internal sealed class ResampleTaps
{
    private ResampleTaps(int[] first, float[][] weights) => (First, Weights) = (first, weights);

    /// <summary>First source index of each target sample.</summary>
    public int[] First { get; }

    /// <summary>Weights of each target sample, sum 1.</summary>
    public float[][] Weights { get; }

    public static ResampleTaps Make(int source, int target, Interpolation interpolation, bool antialias)
    {
        var first = new int[target];
        var weights = new float[target][];
        var scale = (double)source / target;
        var support = antialias ? Math.Max(1, scale) : 1;
        for (var i = 0; i < target; i++)
        {
            var centre = (i + 0.5) * scale;
            if (interpolation == Interpolation.Nearest)
            {
                first[i] = Math.Min(source - 1, (int)centre);
                weights[i] = [1];
                continue;
            }
            var from = Math.Max(0, (int)Math.Truncate(centre - support + 0.5));
            var to = Math.Min(source, (int)Math.Truncate(centre + support + 0.5));
            var taps = new double[to - from];
            for (var k = 0; k < taps.Length; k++)
                taps[k] = Math.Max(0, 1 - Math.Abs(from + k + 0.5 - centre) / support);
            var sum = taps.Sum();
            first[i] = from;
            weights[i] = [.. taps.Select(t => (float)(t / sum))];
        }
        return new ResampleTaps(first, weights);
    }
}
