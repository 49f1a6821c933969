using PacsAiWorker.Statistics.Confusion;

namespace PacsAiWorker.Statistics.Roc;

/// <summary>One operating point: what is flagged when scores of at least the threshold are.</summary>
/// <param name="Threshold">Infinite where nothing is flagged.</param>
/// <param name="Counts">At that threshold.</param>
public sealed record RocPoint(double Threshold, BinaryCounts Counts)
{
    /// <summary>Sensitivity + specificity − 1 (Youden, Cancer 1950).</summary>
    public double Youden => Counts.Tp / (double)Counts.Positives - Counts.Fp / (double)Counts.Negatives;
}

/// <summary>The ROC curve of a score: a point for each different score, thresholds descending, and one where nothing is flagged.</summary>
public sealed class RocCurve
{
    private readonly int positives, negatives;

    private RocCurve(List<RocPoint> points, int positives, int negatives)
    {
        Points = points;
        (this.positives, this.negatives) = (positives, negatives);
        long doubled = 0;
        for (var i = 1; i < points.Count; i++)
            doubled += (long)(points[i].Counts.Fp - points[i - 1].Counts.Fp) * (points[i].Counts.Tp + points[i - 1].Counts.Tp);
        Auc = doubled / (2.0 * positives * negatives);
    }

    public IReadOnlyList<RocPoint> Points { get; }

    /// <summary>Area by counting pairs (Mann and Whitney), ties half.</summary>
    public double Auc { get; }

    /// <summary>The point of the largest sum of sensitivity and specificity; of several the most specific. To be chosen on training data only.</summary>
    public RocPoint BestYouden => Points.MaxBy(p => p.Youden)!;

    /// <summary>The curve, or null when one class has no cases.</summary>
    /// <exception cref="ArgumentException">A score is not a number.</exception>
    public static RocCurve? Of(IReadOnlyCollection<(bool Positive, double Score)> cases)
    {
        if (cases.Any(c => double.IsNaN(c.Score)))
            throw new ArgumentException("a score is not a number: leave out what was not scored", nameof(cases));
        int positives = cases.Count(c => c.Positive), negatives = cases.Count - positives;
        if (positives == 0 || negatives == 0)
            return null;
        var counts = new BinaryCounts(0, positives, 0, negatives);
        var points = new List<RocPoint> { new(double.PositiveInfinity, counts) };
        foreach (var (positive, score) in cases.OrderByDescending(c => c.Score))
        {
            counts = positive ? counts with { Tp = counts.Tp + 1, Fn = counts.Fn - 1 } : counts with { Fp = counts.Fp + 1, Tn = counts.Tn - 1 };
            if (points[^1].Threshold == score)
                points[^1] = new(score, counts);
            else
                points.Add(new(score, counts));
        }
        return new RocCurve(points, positives, negatives);
    }

    /// <summary>Area up to a false positive rate.</summary>
    /// <param name="most">False positive rate, above 0 to 1.</param>
    public double PartialAuc(double most)
    {
        if (most is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(most), most, "a false positive rate above 0, at most 1");
        var area = 0.0;
        for (var i = 1; i < Points.Count; i++)
        {
            var (x0, y0) = Rates(i - 1);
            var (x1, y1) = Rates(i);
            if (x0 >= most)
                break;
            if (x1 > most)
                (x1, y1) = (most, y0 + (y1 - y0) * (most - x0) / (x1 - x0));
            area += (x1 - x0) * (y0 + y1) / 2;
        }
        return area;
    }

    /// <summary>Partial area on a scale where chance is ½ and perfection 1 (McClish, Medical Decision Making 1989).</summary>
    public double StandardisedPartialAuc(double most)
    {
        var least = most * most / 2;
        return (1 + (PartialAuc(most) - least) / (most - least)) / 2;
    }

    private (double X, double Y) Rates(int point) => (Points[point].Counts.Fp / (double)negatives, Points[point].Counts.Tp / (double)positives);
}
