namespace PacsAiWorker.Statistics.Roc;

/// <summary>
/// Variance of an area from the area and the numbers of cases alone (Hanley and McNeil, Radiology 1982): for printed areas, and where a
/// class has one case.
/// </summary>
public static class HanleyMcNeil
{
    /// <summary>Area with its interval.</summary>
    /// <param name="auc">Area, 0 … 1.</param>
    /// <param name="positives">Number of positive cases, at least one.</param>
    /// <param name="negatives">Number of negative cases, at least one.</param>
    /// <param name="level">Of the interval.</param>
    public static AucEstimate Estimate(double auc, int positives, int negatives, double level = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positives, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(negatives, 1);
        double twoPositives = auc / (2 - auc), twoNegatives = 2 * auc * auc / (1 + auc), square = auc * auc;
        var variance = (auc * (1 - auc) + (positives - 1) * (twoPositives - square) + (negatives - 1) * (twoNegatives - square)) / ((double)positives * negatives);
        return AucEstimate.Of(auc, Math.Max(0, variance), level);
    }
}
