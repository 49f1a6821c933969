using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Resampling;

namespace PacsAiWorker.Statistics.Queueing;

/// <summary>How long people waited to be told, in the unit of the times.</summary>
/// <param name="Count">Of times.</param>
/// <param name="Mean">Null of none.</param>
/// <param name="MeanInterval">Of the mean (Student's t); null below two.</param>
/// <param name="Median">Null of none.</param>
/// <param name="P95">95th percentile; null of none.</param>
public sealed record TimeToNotification(int Count, double? Mean, Interval? MeanInterval, double? Median, double? P95)
{
    /// <param name="times">From receipt to notification.</param>
    /// <param name="level">Of the interval.</param>
    public static TimeToNotification Of(IEnumerable<double> times, double level = 0.95)
    {
        double[] sorted = [.. times.Order()];
        if (sorted.Length == 0)
            return new(0, null, null, null, null);
        var mean = sorted.Average();
        Interval? interval = null;
        if (sorted.Length > 1)
        {
            var error = Math.Sqrt(sorted.Sum(t => (t - mean) * (t - mean)) / (sorted.Length - 1) / sorted.Length);
            var half = SpecialFunctions.StudentWidth(level, sorted.Length - 1) * error;
            interval = new(mean - half, mean + half);
        }
        return new(sorted.Length, mean, interval, Percentiles.Of(sorted, 0.5), Percentiles.Of(sorted, 0.95));
    }
}
