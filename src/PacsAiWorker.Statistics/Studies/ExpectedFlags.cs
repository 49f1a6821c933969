using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Statistics.Studies;

/// <summary>What a list of 100 studies will look like where a share of them is positive.</summary>
/// <param name="Prevalence">Share of positive studies at the site, 0 … 1.</param>
/// <param name="Flags">Studies flagged of 100; null where a rate is not known.</param>
/// <param name="Interval">Of the flags.</param>
/// <param name="TrueFlags">Of the flags, those that are positive.</param>
/// <param name="Missed">Positive studies of 100 that are not flagged.</param>
public sealed record ExpectedFlags(double Prevalence, double? Flags, Interval? Interval, double? TrueFlags, double? Missed)
{
    /// <summary>
    /// Flags per 100 studies. Their interval joins the Wilson intervals of both rates (Zou and Donner, Statistics in Medicine 2008).
    /// </summary>
    /// <param name="studies">Counts of an evaluation by study; its own prevalence plays no part.</param>
    /// <param name="prevalence">At the site, 0 … 1.</param>
    public static ExpectedFlags Of(BinaryCounts studies, double prevalence)
    {
        if (prevalence is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(prevalence), prevalence, "a share between 0 and 1");
        var wrong = new Proportion(studies.Fp, studies.Negatives);
        if (studies.Recall is not { Value: { } sensitivity } || wrong.Value is not { } alarm)
            return new(prevalence, null, null, null, null);
        var (s, a) = (studies.Recall.Wilson()!.Value, wrong.Wilson()!.Value);
        double q = 1 - prevalence, flags = prevalence * sensitivity + q * alarm;
        var low = flags - Length(prevalence * (sensitivity - s.Low), q * (alarm - a.Low));
        var high = flags + Length(prevalence * (s.High - sensitivity), q * (a.High - alarm));
        return new(prevalence, 100 * flags, new Interval(100 * Math.Max(0, low), 100 * Math.Min(1, high)), 100 * prevalence * sensitivity, 100 * prevalence * (1 - sensitivity));
    }

    private static double Length(double a, double b) => Math.Sqrt(a * a + b * b);
}
