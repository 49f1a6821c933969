namespace PacsAiWorker.Inference.Runtime.Batching;

/// <summary>How long batches of each size take, learned: an average that forgets.</summary>
internal sealed class RunTimes(IReadOnlyList<int> buckets)
{
    private const double Weight = 0.2;

    private readonly double[] _seconds = [.. buckets.Select(_ => double.NaN)];

    public void Add(int bucket, TimeSpan ran)
    {
        ref var known = ref _seconds[IndexOf(bucket)];
        known = double.IsNaN(known) ? ran.TotalSeconds : ((1 - Weight) * known) + (Weight * ran.TotalSeconds);
    }

    /// <summary>The largest bucket that runs within a time; the smallest one always may.</summary>
    public int Largest(TimeSpan within)
    {
        var largest = buckets[0];
        for (var i = 1; i < buckets.Count; i++)
            if (Estimate(i) <= within.TotalSeconds)
                largest = buckets[i];
        return largest;
    }

    /// <summary>A size that never ran is taken to be as dear a row as the next smaller one that did.</summary>
    private double Estimate(int index)
    {
        for (var i = index; i >= 0; i--)
            if (!double.IsNaN(_seconds[i]))
                return _seconds[i] * buckets[index] / buckets[i];
        return 0;
    }

    private int IndexOf(int bucket)
    {
        for (var i = 0; i < buckets.Count; i++)
            if (buckets[i] == bucket)
                return i;
        throw new ArgumentOutOfRangeException(nameof(bucket), bucket, "not one of the sizes");
    }
}
