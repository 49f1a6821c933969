using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Statistics.Confusion;

/// <summary>
/// Four counts, and the rates that follow from them. Counts only: rates are never made of printed percentages. A rate that divides
/// nothing by nothing is null.
/// </summary>
/// <param name="Tp">Positives flagged.</param>
/// <param name="Fn">Positives not flagged.</param>
/// <param name="Fp">Negatives flagged.</param>
/// <param name="Tn">Negatives not flagged.</param>
public readonly record struct BinaryCounts(int Tp, int Fn, int Fp, int Tn)
{
    public int Positives => Tp + Fn;

    public int Negatives => Fp + Tn;

    public int Total => Positives + Negatives;

    /// <summary>Share of the flagged that are positive.</summary>
    public Proportion Precision => new(Tp, Tp + Fp);

    /// <summary>Share of positives flagged: sensitivity.</summary>
    public Proportion Recall => new(Tp, Positives);

    /// <summary>Share of negatives not flagged.</summary>
    public Proportion Specificity => new(Tn, Negatives);

    /// <summary>Share of those not flagged that are negative.</summary>
    public Proportion Npv => new(Tn, Tn + Fn);

    public Proportion Accuracy => new(Tp + Tn, Total);

    /// <summary>Harmonic mean of precision and recall.</summary>
    public double? F1 => Ratio(2.0 * Tp, 2.0 * Tp + Fp + Fn);

    /// <summary>Mean of recall and specificity.</summary>
    public double? BalancedAccuracy => (Recall.Value + Specificity.Value) / 2;

    /// <summary>Matthews' correlation of truth and flag, −1 … 1.</summary>
    public double? Mcc => Ratio((double)Tp * Tn - (double)Fp * Fn, Math.Sqrt((double)(Tp + Fp) * (Tp + Fn) * (Tn + Fp) * (Tn + Fn)));

    /// <summary>Cohen's agreement of truth and flag beyond chance.</summary>
    public double? Kappa => Ratio(2 * ((double)Tp * Tn - (double)Fn * Fp), (double)(Tp + Fp) * Negatives + (double)Positives * (Fn + Tn));

    /// <summary>
    /// Precision + recall + F1 + specificity, at most 4: the "comprehensive score" of Wang et al., Chinese Journal of Medical Ultrasound 2026.
    /// </summary>
    public double? ComprehensiveScore => Precision.Value + Recall.Value + F1 + Specificity.Value;

    /// <summary>Counts of both together: what pooling folds means.</summary>
    public static BinaryCounts operator +(BinaryCounts a, BinaryCounts b) => a.Add(b);

    /// <summary>Counts of both together.</summary>
    public BinaryCounts Add(BinaryCounts other) => new(Tp + other.Tp, Fn + other.Fn, Fp + other.Fp, Tn + other.Tn);

    /// <summary>Counts one answer.</summary>
    public BinaryCounts With(bool positive, bool flagged) => (positive, flagged) switch
    {
        (true, true) => this with { Tp = Tp + 1 },
        (true, false) => this with { Fn = Fn + 1 },
        (false, true) => this with { Fp = Fp + 1 },
        _ => this with { Tn = Tn + 1 },
    };

    /// <summary>Counts answers; a score at the threshold is flagged.</summary>
    public static BinaryCounts At(double threshold, IEnumerable<(bool Positive, double Score)> cases) =>
        cases.Aggregate(new BinaryCounts(), (counts, c) => counts.With(c.Positive, c.Score >= threshold));

    private static double? Ratio(double numerator, double denominator) => denominator == 0 ? null : numerator / denominator;
}
