namespace PacsAiWorker.Statistics.Resampling;

/// <summary>The area under the ROC curve when clusters of cases count several times or not at all; scores are sorted once for all draws.</summary>
public sealed class WeightedAuc
{
    private readonly (int Cluster, bool Positive, bool EndsTie)[] sorted;

    /// <param name="cases">Truth and score.</param>
    /// <param name="clusterOfCase">From 0, in the order of the cases.</param>
    public WeightedAuc(IEnumerable<(bool Positive, double Score)> cases, IEnumerable<int> clusterOfCase)
    {
        var ascending = cases.Zip(clusterOfCase).OrderBy(c => c.First.Score).ToArray();
        sorted = [.. ascending.Select((c, i) => (c.Second, c.First.Positive, i + 1 == ascending.Length || ascending[i + 1].First.Score != c.First.Score))];
    }

    /// <summary>Area; null when one class has no cases.</summary>
    /// <param name="times">How often each cluster counts.</param>
    public double? Of(int[] times)
    {
        long doubledPairs = 0, negatives = 0, positives = 0, up = 0, down = 0;
        foreach (var (cluster, positive, endsTie) in sorted)
        {
            if (positive)
                up += times[cluster];
            else
                down += times[cluster];
            if (!endsTie)
                continue;
            doubledPairs += up * (2 * negatives + down);
            positives += up;
            negatives += down;
            up = down = 0;
        }
        return positives == 0 || negatives == 0 ? null : doubledPairs / (2.0 * positives * negatives);
    }
}
