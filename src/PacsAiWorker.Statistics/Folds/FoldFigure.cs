namespace PacsAiWorker.Statistics.Folds;

/// <summary>One figure over the folds of a cross-validation.</summary>
/// <param name="Folds">Folds for which it is defined.</param>
/// <param name="Mean">Of these; null when there are none.</param>
/// <param name="Deviation">Sample standard deviation; null below two folds.</param>
public sealed record FoldFigure(int Folds, double? Mean, double? Deviation)
{
    /// <summary>Mean and deviation; folds where the figure is undefined are left out.</summary>
    public static FoldFigure Of(IEnumerable<double?> values)
    {
        double[] defined = [.. values.OfType<double>()];
        if (defined.Length == 0)
            return new(0, null, null);
        var mean = defined.Sum() / defined.Length;
        return new(defined.Length, mean, defined.Length < 2 ? null : Math.Sqrt(defined.Sum(v => (v - mean) * (v - mean)) / (defined.Length - 1)));
    }
}
