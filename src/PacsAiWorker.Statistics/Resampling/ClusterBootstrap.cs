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
    private readonly int[] clusterOfCase;

    /// <param name="clusterOfCase">Name of each case's cluster.</param>
    public ClusterBootstrap(IReadOnlyList<string> clusterOfCase)
    {
        var numbers = new Dictionary<string, int>();
        this.clusterOfCase = [.. clusterOfCase.Select(name => numbers.TryGetValue(name, out var number) ? number : numbers[name] = numbers.Count)];
        Clusters = numbers.Count;
    }

    /// <summary>Number of clusters.</summary>
    public int Clusters { get; }

    /// <summary>Cluster of each case, from 0, in the order of the cases.</summary>
    public IReadOnlyList<int> ClusterOfCase => clusterOfCase;

    /// <summary>One figure; see <see cref="RunAll"/>.</summary>
    public BootstrapResult Run(Func<int[], double?> figure, int draws = 2000, ulong seed = 1, double level = 0.95) =>
        RunAll(times => [figure(times)], draws, seed, level)[0];

    /// <summary>Several figures of the same draws.</summary>
    /// <param name="figures">Takes how often each cluster was drawn.</param>
    /// <param name="draws">Number of draws.</param>
    /// <param name="seed">Same seed, same draws.</param>
    /// <param name="level">Of the intervals.</param>
    public IReadOnlyList<BootstrapResult> RunAll(Func<int[], double?[]> figures, int draws = 2000, ulong seed = 1, double level = 0.95)
    {
        var times = new int[Clusters];
        Array.Fill(times, 1);
        var estimates = figures(times);
        var values = estimates.Select(_ => new List<double>(draws)).ToArray();
        for (var draw = 0; draw < draws && Clusters > 0; draw++)
        {
            Array.Clear(times);
            for (var i = 0; i < Clusters; i++)
                times[(int)(Next(ref seed) % (ulong)Clusters)]++;
            var drawn = figures(times);
            for (var f = 0; f < drawn.Length; f++)
                if (drawn[f] is { } value)
                    values[f].Add(value);
        }
        return [.. estimates.Select((estimate, f) => Result(estimate, values[f], draws, (1 - level) / 2))];
    }

    private static BootstrapResult Result(double? estimate, List<double> values, int draws, double tail)
    {
        values.Sort();
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
