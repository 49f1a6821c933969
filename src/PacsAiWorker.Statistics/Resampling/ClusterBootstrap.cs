using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Statistics.Resampling;

/// <summary>What drawing clusters again and again gave.</summary>
/// <param name="Estimate">Of the cases as they are; null where undefined.</param>
/// <param name="Interval">Between percentiles of the draws; null when fewer than half of them were defined.</param>
/// <param name="Defined">Draws for which the figure was defined.</param>
/// <param name="Draws">All draws.</param>
public sealed record BootstrapResult(double? Estimate, Interval? Interval, int Defined, int Draws);

/// <summary>
/// Uncertainty when cases come in clusters: whole patients are drawn with replacement, never single images, which resemble each other
/// within a patient (percentile method; Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
/// </summary>
public sealed class ClusterBootstrap
{
    private readonly int[][] clusters;
    private readonly int cases;

    /// <param name="clusterOfCase">Name of each case's cluster.</param>
    public ClusterBootstrap(IReadOnlyList<string> clusterOfCase)
    {
        cases = clusterOfCase.Count;
        clusters = [.. clusterOfCase.Select((name, index) => (name, index)).GroupBy(c => c.name, c => c.index).Select(g => g.ToArray())];
    }

    /// <summary>Number of clusters.</summary>
    public int Clusters => clusters.Length;

    /// <param name="figure">Takes how often each case counts, in the order of the cases.</param>
    /// <param name="draws">Number of draws.</param>
    /// <param name="seed">Same seed, same draws.</param>
    /// <param name="level">Of the interval.</param>
    public BootstrapResult Run(Func<int[], double?> figure, int draws = 2000, ulong seed = 1, double level = 0.95)
    {
        var weights = new int[cases];
        Array.Fill(weights, 1);
        var estimate = figure(weights);
        var values = new List<double>(draws);
        for (var draw = 0; draw < draws && clusters.Length > 0; draw++)
        {
            Array.Clear(weights);
            for (var i = 0; i < clusters.Length; i++)
                foreach (var index in clusters[(int)(Next(ref seed) % (ulong)clusters.Length)])
                    weights[index]++;
            if (figure(weights) is { } value)
                values.Add(value);
        }
        values.Sort();
        var tail = (1 - level) / 2;
        Interval? interval = values.Count > 0 && 2 * values.Count >= draws ? new Interval(Percentiles.Of(values, tail), Percentiles.Of(values, 1 - tail)) : null;
        return new BootstrapResult(estimate, interval, values.Count, draws);
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the same numbers under every version of .NET.</summary>
    private static ulong Next(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
