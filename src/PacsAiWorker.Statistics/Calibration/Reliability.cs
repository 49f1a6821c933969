using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Statistics.Calibration;

/// <summary>Cases whose probability lies in one range.</summary>
/// <param name="Range">Above its lower limit, up to its upper one; the first also holds its lower limit.</param>
/// <param name="MeanProbability">Null when empty.</param>
/// <param name="Observed">Share that is positive.</param>
public sealed record ReliabilityBin(Interval Range, double? MeanProbability, Proportion Observed);

/// <summary>Whether a probability of 0.8 is right four times in five.</summary>
public static class Reliability
{
    /// <summary>Mean squared distance of probability and truth (Brier, Monthly Weather Review 1950); null of no cases.</summary>
    public static double? Brier(IReadOnlyCollection<(bool Positive, double Probability)> cases)
    {
        Check(cases);
        return cases.Count == 0 ? null : cases.Sum(c => Math.Pow(c.Probability - (c.Positive ? 1 : 0), 2)) / cases.Count;
    }

    /// <summary>Ranges of equal width.</summary>
    /// <exception cref="ArgumentException">A probability is not between 0 and 1.</exception>
    public static IReadOnlyList<ReliabilityBin> Bins(IReadOnlyCollection<(bool Positive, double Probability)> cases, int bins = 10)
    {
        Check(cases);
        var limits = Enumerable.Range(1, bins - 1).Select(i => i / (double)bins).ToArray();
        var byBin = cases.ToLookup(c => limits.Count(limit => limit < c.Probability));
        return
        [
            .. Enumerable.Range(0, bins).Select(b => new ReliabilityBin(new(b / (double)bins, (b + 1) / (double)bins),
                byBin[b].Any() ? byBin[b].Average(c => c.Probability) : null, new(byBin[b].Count(c => c.Positive), byBin[b].Count()))),
        ];
    }

    /// <summary>Expected calibration error: mean distance of probability and observed share over the bins, by their cases; null of no cases.</summary>
    public static double? ExpectedError(IReadOnlyCollection<(bool Positive, double Probability)> cases, int bins = 10) => cases.Count == 0 ? null
        : Bins(cases, bins).Where(b => b.MeanProbability is not null).Sum(b => b.Observed.Denominator * Math.Abs(b.MeanProbability!.Value - b.Observed.Value!.Value)) / cases.Count;

    /// <summary>Entropy of class probabilities in nats: 0 for a certain answer, ln k for none.</summary>
    public static double Entropy(IEnumerable<double> probabilities) => -probabilities.Where(p => p > 0).Sum(p => p * Math.Log(p));

    private static void Check(IEnumerable<(bool Positive, double Probability)> cases)
    {
        foreach (var (_, p) in cases)
            if (p is not (>= 0 and <= 1))
                throw new ArgumentException($"{p} is no probability: calibration needs values between 0 and 1", nameof(cases));
    }
}
