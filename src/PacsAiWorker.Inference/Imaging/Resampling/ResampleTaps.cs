using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>What taps depend on.</summary>
internal readonly record struct TapKey(AxisPlacement Axis, Interpolation Interpolation, bool Antialias);

/// <summary>
/// Which source pixels make one target pixel, along one axis, with half-pixel centres and as Pillow chooses them: scale = source /
/// resized, width of the filter = max(1, scale) with antialias (area: always), else 1; at the borders the weights that are left are
/// brought to sum 1. Filled again for another key: its memory only grows.
/// </summary>
internal sealed class ResampleTaps
{
    private int[] first = [], start = [];
    private float[] weights = [];
    private double[] exact = [];

    /// <summary>What it was filled for.</summary>
    public TapKey Key { get; private set; }

    /// <summary>Number of target pixels.</summary>
    public int Count => Key.Axis.Count;

    /// <summary>First source pixel that is used at all.</summary>
    public int Begin { get; private set; }

    /// <summary>Source pixels from there to the last that is used.</summary>
    public int Length { get; private set; }

    /// <summary>Most source pixels of one target pixel.</summary>
    public int Longest { get; private set; }

    /// <summary>First source pixel of a target pixel, counted from <see cref="Begin"/>; never falls from one to the next.</summary>
    public int First(int target) => first[target] - Begin;

    /// <summary>Weights of the source pixels from there, sum 1.</summary>
    public ReadOnlySpan<float> Weights(int target) => weights.AsSpan(start[target], start[target + 1] - start[target]);

    public void Fill(in TapKey key)
    {
        var (source, resized, skip, count, _) = key.Axis;
        if (first.Length < count)
            (first, start) = (new int[count], new int[count + 1]);
        var scale = (double)source / resized;
        Longest = 0;
        for (var i = 0; i < count; i++)
        {
            var centre = (skip + i + 0.5) * scale;
            var taps = key.Interpolation == Interpolation.Nearest
                ? Nearest(i, source, centre)
                : Filtered(i, source, centre, key.Interpolation, key.Antialias || key.Interpolation == Interpolation.Area ? Math.Max(1, scale) : 1);
            start[i + 1] = start[i] + taps;
            Longest = Math.Max(Longest, taps);
        }
        Begin = first[0];
        Length = first[count - 1] + Weights(count - 1).Length - Begin;
        Key = key;
    }

    private int Nearest(int target, int source, double centre)
    {
        first[target] = Math.Min(source - 1, (int)centre);
        Room(start[target] + 1);
        weights[start[target]] = 1;
        return 1;
    }

    private int Filtered(int target, int source, double centre, Interpolation interpolation, double width)
    {
        var support = Kernel.Support(interpolation) * width;
        var from = Math.Max(0, (int)Math.Truncate(centre - support + 0.5));
        var taps = Math.Min(source, (int)Math.Truncate(centre + support + 0.5)) - from;
        if (exact.Length < taps)
            exact = new double[taps];
        var sum = 0.0;
        for (var k = 0; k < taps; k++)
            sum += exact[k] = Kernel.Weight(interpolation, from + k, centre, width);
        first[target] = from;
        Room(start[target] + taps);
        for (var k = 0; k < taps; k++)
            weights[start[target] + k] = (float)(exact[k] / sum);
        return taps;
    }

    private void Room(int length)
    {
        if (weights.Length < length)
            Array.Resize(ref weights, Math.Max(length, 2 * weights.Length));
    }
}
