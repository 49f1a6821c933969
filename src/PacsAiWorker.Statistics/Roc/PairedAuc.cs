namespace PacsAiWorker.Statistics.Roc;

/// <summary>Two scores of the same cases compared by their areas.</summary>
/// <param name="First">Area of the first score.</param>
/// <param name="Second">Area of the second.</param>
/// <param name="Covariance">Of the two areas.</param>
/// <param name="Low">Lower limit of the difference, first minus second.</param>
/// <param name="High">Upper limit.</param>
/// <param name="Z">Difference in standard errors; null where the difference does not vary, as for scores in the same order.</param>
/// <param name="P">Two-sided.</param>
public sealed record PairedAuc(AucEstimate First, AucEstimate Second, double Covariance, double Low, double High, double? Z, double? P)
{
    /// <summary>First minus second.</summary>
    public double Difference => First.Auc - Second.Auc;
}
