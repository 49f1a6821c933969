namespace PacsAiWorker.Statistics.Intervals;

/// <summary>A share of counted cases. Of no cases at all nothing is known: value and intervals are null.</summary>
public readonly record struct Proportion
{
    /// <exception cref="ArgumentException">The part is negative or larger than the whole.</exception>
    public Proportion(int numerator, int denominator)
    {
        if (numerator < 0 || numerator > denominator)
            throw new ArgumentException($"{numerator} of {denominator} is no share: count again");
        (Numerator, Denominator) = (numerator, denominator);
    }

    /// <summary>Cases that count.</summary>
    public int Numerator { get; }

    /// <summary>All cases.</summary>
    public int Denominator { get; }

    /// <summary>0 … 1.</summary>
    public double? Value => Denominator == 0 ? null : (double)Numerator / Denominator;

    /// <summary>Score interval (Wilson, Journal of the American Statistical Association 1927).</summary>
    public Interval? Wilson(double level = 0.95)
    {
        if (Value is not { } p)
            return null;
        double n = Denominator, z = SpecialFunctions.NormalWidth(level), z2 = z * z;
        var centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        var half = z / (1 + z2 / n) * Math.Sqrt(p * (1 - p) / n + z2 / (4 * n * n));
        return new Interval(Numerator == 0 ? 0 : centre - half, Numerator == Denominator ? 1 : centre + half);
    }

    /// <summary>Exact interval (Clopper and Pearson, Biometrika 1934): never too short, often longer than needed.</summary>
    public Interval? ClopperPearson(double level = 0.95)
    {
        if (Denominator == 0)
            return null;
        var tail = (1 - level) / 2;
        int k = Numerator, n = Denominator;
        return new Interval(
            k == 0 ? 0 : SpecialFunctions.BetaQuantile(tail, k, n - k + 1),
            k == n ? 1 : 1 - SpecialFunctions.BetaQuantile(tail, n - k, k + 1));
    }
}
