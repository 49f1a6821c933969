namespace PacsAiWorker.Statistics.Resampling;

/// <summary>The area under the ROC curve of cases that count several times or not at all; scores are sorted once for all draws.</summary>
public sealed class WeightedAuc
{
    private readonly int[] order;
    private readonly (bool Positive, double Score)[] cases;

    /// <param name="cases">Truth and score, in the order of the weights.</param>
    public WeightedAuc(IEnumerable<(bool Positive, double Score)> cases)
    {
        this.cases = [.. cases];
        order = [.. Enumerable.Range(0, this.cases.Length)];
        Array.Sort(this.cases.Select(c => c.Score).ToArray(), order);
    }

    /// <summary>Area; null when one class has no cases.</summary>
    /// <param name="weights">How often each case counts.</param>
    public double? Of(int[] weights)
    {
        long doubledPairs = 0, negatives = 0, positives = 0;
        for (var start = 0; start < order.Length;)
        {
            long up = 0, down = 0;
            var score = cases[order[start]].Score;
            for (; start < order.Length && cases[order[start]].Score == score; start++)
            {
                if (cases[order[start]].Positive)
                    up += weights[order[start]];
                else
                    down += weights[order[start]];
            }
            doubledPairs += up * (2 * negatives + down);
            positives += up;
            negatives += down;
        }
        return positives == 0 || negatives == 0 ? null : doubledPairs / (2.0 * positives * negatives);
    }
}
