using PacsAiWorker.Statistics.Intervals;

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

    /// <summary>Normal interval, clipped to 0 … 1.</summary>
    internal static AucEstimate Of(double auc, double variance, double level)
    {
        var half = SpecialFunctions.NormalWidth(level) * Math.Sqrt(variance);
        var interval = new Interval(auc - half, auc + half).Within(0, 1);
        return new AucEstimate(auc, variance, interval.Low, interval.High);
    }
}
