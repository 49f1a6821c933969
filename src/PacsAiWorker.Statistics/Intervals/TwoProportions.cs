namespace PacsAiWorker.Statistics.Intervals;

/// <summary>Whether two independent shares differ: z with the pooled share. Not for two answers to the same cases, see McNemar.</summary>
/// <param name="Z">First minus second in standard errors; null where both are all or nothing, or one has no cases.</param>
/// <param name="P">Two-sided.</param>
public sealed record TwoProportions(double? Z, double? P)
{
    /// <summary>Compares two shares.</summary>
    public static TwoProportions Compare(Proportion first, Proportion second)
    {
        if (first.Value is not { } a || second.Value is not { } b)
            return new(null, null);
        double n = first.Denominator, m = second.Denominator, pooled = (first.Numerator + (double)second.Numerator) / (n + m);
        var variance = pooled * (1 - pooled) * (1 / n + 1 / m);
        if (variance == 0)
            return new(null, null);
        var z = (a - b) / Math.Sqrt(variance);
        return new(z, SpecialFunctions.NormalTwoSided(z));
    }
}
