namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>The taps used last. Crops differ by vendor and by picture, so the number is bounded; what leaves gives its memory to what comes.</summary>
internal sealed class TapCache
{
    /// <summary>Two axes of sixteen sizes; about 10 KB each.</summary>
    public const int Most = 32;

    private readonly ResampleTaps[] taps = new ResampleTaps[Most];
    private readonly long[] used = new long[Most];
    private long clock;

    public int Count { get; private set; }

    /// <returns>Valid until <see cref="Most"/> − 1 others were asked for.</returns>
    public ResampleTaps Get(in TapKey key)
    {
        var oldest = 0;
        for (var i = 0; i < Count; i++)
        {
            if (taps[i].Key == key)
            {
                used[i] = ++clock;
                return taps[i];
            }
            if (used[i] < used[oldest])
                oldest = i;
        }
        if (Count < Most)
            taps[oldest = Count++] = new ResampleTaps();
        taps[oldest].Fill(key);
        used[oldest] = ++clock;
        return taps[oldest];
    }
}
