using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Statistics.Control;

/// <summary>One period on a chart of shares.</summary>
/// <param name="Limits">Within these the share stays by chance, three standard deviations around the mean of all periods; null where nothing was counted.</param>
/// <param name="IsOutside">The share lies outside.</param>
public sealed record ControlPoint(Proportion Share, Interval? Limits, bool IsOutside);

/// <summary>Control chart of shares, a p-chart (Shewhart, Economic Control of Quality of Manufactured Product, 1931): the limits are as wide as each period is small.</summary>
public sealed record ProportionChart(double? Mean, IReadOnlyList<ControlPoint> Points)
{
    /// <param name="shares">In order of time.</param>
    public static ProportionChart Of(IReadOnlyList<Proportion> shares)
    {
        var mean = new Proportion(shares.Sum(s => s.Numerator), shares.Sum(s => s.Denominator)).Value;
        return new ProportionChart(mean, [.. shares.Select(share =>
        {
            if (mean is not { } m || share.Value is not { } value)
            {
                return new ControlPoint(share, null, false);
            }

            var width = 3 * Math.Sqrt(m * (1 - m) / share.Denominator);
            var limits = new Interval(Math.Max(0, m - width), Math.Min(1, m + width));
            return new ControlPoint(share, limits, !limits.Contains(value));
        })]);
    }
}
