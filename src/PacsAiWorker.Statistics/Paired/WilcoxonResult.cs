namespace PacsAiWorker.Statistics.Paired;

/// <summary>What becomes of pairs without a difference.</summary>
public enum ZeroRule
{
    /// <summary>Left out before ranking (Wilcoxon).</summary>
    Wilcox,

    /// <summary>Ranked, then left out (Pratt).</summary>
    Pratt,
}

/// <summary>Where the p-value comes from.</summary>
public enum WilcoxonMethod
{
    /// <summary>All sign patterns counted.</summary>
    Exact,

    /// <summary>Normal approximation.</summary>
    Normal,
}

/// <summary>A Wilcoxon signed-rank test with what is needed to judge it.</summary>
/// <param name="N">Pairs that differ.</param>
/// <param name="Zeros">Pairs that do not.</param>
/// <param name="Ties">Pairs that share the size of their difference with another.</param>
/// <param name="Positive">Sum of ranks of positive differences.</param>
/// <param name="Negative">Sum of ranks of negative differences.</param>
/// <param name="Method">Used.</param>
/// <param name="P">Two-sided; null when no pair differs.</param>
public sealed record WilcoxonResult(int N, int Zeros, int Ties, double Positive, double Negative, WilcoxonMethod Method, double? P)
{
    /// <summary>The smaller sum of ranks.</summary>
    public double Statistic => Math.Min(Positive, Negative);

    /// <summary>The least two-sided p that any data of this many pairs can give: all differences of one sign.</summary>
    public double LeastAttainable => WilcoxonSignedRank.LeastAttainable(N);
}
