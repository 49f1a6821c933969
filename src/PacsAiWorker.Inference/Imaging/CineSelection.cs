namespace PacsAiWorker.Inference.Imaging;

/// <summary>Which frames of a clip are looked at. Pure.</summary>
internal static class CineSelection
{
    /// <summary>Frames looked at when a package does not say otherwise.</summary>
    public const int Wanted = 8;

    private const double TrimmedShare = 0.05; // the first and the last frames show the probe being set down and lifted
    private const long PixelBudget = 24L << 20; // all chosen frames are held at once: 72 MB in colour
    private const double LeastMeanDifference = 1; // grey levels

    /// <summary>Evenly spaced frames between the trimmed ends, rising, from 0.</summary>
    /// <param name="frames">Frames of the clip, at least one.</param>
    /// <param name="pixels">Pixels of one frame.</param>
    /// <param name="wanted">At most so many.</param>
    public static IReadOnlyList<int> Choose(int frames, long pixels, int wanted = Wanted)
    {
        var trim = (int)(frames * TrimmedShare);
        int first = trim, count = frames - 2 * trim;
        var chosen = (int)Math.Clamp(PixelBudget / Math.Max(1, pixels), 1, Math.Min(wanted, count));
        if (chosen == 1)
            return [first + (count - 1) / 2];
        return [.. Enumerable.Range(0, chosen).Select(i => first + (int)Math.Round((double)i * (count - 1) / (chosen - 1)))];
    }

    /// <summary>Mean absolute difference below one level: the clip stood still.</summary>
    public static bool IsNearDuplicate(RasterImage one, RasterImage other)
    {
        ReadOnlySpan<byte> a = one.Pixels, b = other.Pixels;
        if (a.Length != b.Length)
            return false;
        long difference = 0;
        for (var i = 0; i < a.Length; i++)
            difference += Math.Abs(a[i] - b[i]);
        return difference < LeastMeanDifference * a.Length;
    }
}
