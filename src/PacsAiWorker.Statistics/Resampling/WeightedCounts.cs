using PacsAiWorker.Statistics.Confusion;

namespace PacsAiWorker.Statistics.Resampling;

/// <summary>The four counts when clusters of cases count several times or not at all; cases are counted once for all draws.</summary>
public sealed class WeightedCounts
{
    private readonly BinaryCounts[] byCluster;

    /// <param name="cases">Truth and answer.</param>
    /// <param name="clusterOfCase">From 0, in the order of the cases.</param>
    public WeightedCounts(IEnumerable<(bool Positive, bool Flagged)> cases, IReadOnlyCollection<int> clusterOfCase)
    {
        byCluster = new BinaryCounts[clusterOfCase.Count == 0 ? 0 : clusterOfCase.Max() + 1];
        foreach (var ((positive, flagged), cluster) in cases.Zip(clusterOfCase))
            byCluster[cluster] = byCluster[cluster].With(positive, flagged);
    }

    /// <summary>Counts.</summary>
    /// <param name="times">How often each cluster counts.</param>
    public BinaryCounts Of(int[] times)
    {
        int tp = 0, fn = 0, fp = 0, tn = 0;
        for (var c = 0; c < byCluster.Length; c++)
        {
            tp += times[c] * byCluster[c].Tp;
            fn += times[c] * byCluster[c].Fn;
            fp += times[c] * byCluster[c].Fp;
            tn += times[c] * byCluster[c].Tn;
        }
        return new BinaryCounts(tp, fn, fp, tn);
    }
}
