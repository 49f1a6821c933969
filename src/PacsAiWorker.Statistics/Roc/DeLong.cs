namespace PacsAiWorker.Statistics.Roc;

/// <summary>Area under the ROC curve with its uncertainty.</summary>
/// <param name="Auc">Probability that a positive scores above a negative, ties counted half.</param>
/// <param name="Variance">Of the area.</param>
/// <param name="Low">Lower limit of the interval, not below 0.</param>
/// <param name="High">Upper limit, not above 1.</param>
public sealed record AucEstimate(double Auc, double Variance, double Low, double High)
{
    /// <summary>Square root of the variance.</summary>
    public double StandardError => Math.Sqrt(Variance);
}

/// <summary>
/// The nonparametric area under the ROC curve and its variance (DeLong, DeLong and Clarke-Pearson, Biometrics 1988), by mid-ranks
/// (Sun and Xu, IEEE Signal Processing Letters 2014).
/// </summary>
public static class DeLong
{
    private const double Normal95 = 1.959963984540054;

    /// <summary>Area, variance and 95 % interval (normal, clipped to 0 … 1).</summary>
    /// <param name="positives">Scores of positive cases, at least two.</param>
    /// <param name="negatives">Scores of negative cases, at least two.</param>
    /// <exception cref="ArgumentException">Too few cases, or a score that is not a number.</exception>
    public static AucEstimate Estimate(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        int m = positives.Count, n = negatives.Count;
        if (m < 2 || n < 2)
            throw new ArgumentException($"at least two positives and two negatives are needed, not {m} and {n}");
        var all = MidRanks([.. positives, .. negatives]);
        var ownPositive = MidRanks([.. positives]);
        var ownNegative = MidRanks([.. negatives]);
        var v10 = new double[m]; // share of negatives below each positive
        for (var i = 0; i < m; i++)
            v10[i] = (all[i] - ownPositive[i]) / n;
        var v01 = new double[n]; // share of positives above each negative
        for (var j = 0; j < n; j++)
            v01[j] = 1 - (all[m + j] - ownNegative[j]) / m;
        var auc = v10.Sum() / m;
        var variance = SampleVariance(v10) / m + SampleVariance(v01) / n;
        var half = Normal95 * Math.Sqrt(variance);
        return new AucEstimate(auc, variance, Math.Max(0, auc - half), Math.Min(1, auc + half));
    }

    /// <summary>Ranks from 1; equal values share the mean of their ranks.</summary>
    private static double[] MidRanks(double[] values)
    {
        if (Array.Exists(values, double.IsNaN))
            throw new ArgumentException("a score is not a number", nameof(values));
        var order = Enumerable.Range(0, values.Length).ToArray();
        Array.Sort((double[])values.Clone(), order);
        var ranks = new double[values.Length];
        for (var start = 0; start < order.Length;)
        {
            var end = start;
            while (end < order.Length && values[order[end]] == values[order[start]])
                end++;
            for (var k = start; k < end; k++)
                ranks[order[k]] = (start + end + 1) / 2.0;
            start = end;
        }
        return ranks;
    }

    private static double SampleVariance(double[] values)
    {
        var mean = values.Sum() / values.Length;
        return values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    }
}
