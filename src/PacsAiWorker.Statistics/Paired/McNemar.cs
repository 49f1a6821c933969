namespace PacsAiWorker.Statistics.Paired;

/// <summary>
/// Whether two answers to the same cases are right equally often (McNemar, Psychometrika 1947). Only cases count where one answer is
/// right and the other wrong.
/// </summary>
/// <param name="FirstOnly">Cases that only the first has right.</param>
/// <param name="SecondOnly">Cases that only the second has right.</param>
public sealed record McNemar(int FirstOnly, int SecondOnly)
{
    /// <summary>Cases on which they differ.</summary>
    public int Discordant => FirstOnly + SecondOnly;

    /// <summary>χ² of one degree of freedom; null when they never differ.</summary>
    public double? ChiSquare => Discordant == 0 ? null : Math.Pow(FirstOnly - SecondOnly, 2) / Discordant;

    /// <summary>With continuity correction (Edwards); not below 0.</summary>
    public double? CorrectedChiSquare => Discordant == 0 ? null : Math.Pow(Math.Max(0, Math.Abs(FirstOnly - SecondOnly) - 1), 2) / Discordant;

    /// <summary>Two-sided, from <see cref="ChiSquare"/>.</summary>
    public double? P => ChiSquare is { } x ? SpecialFunctions.ChiSquareUpper(x) : null;

    /// <summary>Two-sided, from <see cref="CorrectedChiSquare"/>.</summary>
    public double? CorrectedP => CorrectedChiSquare is { } x ? SpecialFunctions.ChiSquareUpper(x) : null;

    /// <summary>Two-sided, from the binomial distribution.</summary>
    public double ExactP => Math.Min(1, 2 * SpecialFunctions.FairCoinCdf(Math.Min(FirstOnly, SecondOnly), Discordant));

    /// <summary>The exact one less half the chance of what was seen, on either side (Fagerland, Lydersen and Laake, BMC Medical Research Methodology 2013).</summary>
    public double MidP => Discordant == 0 ? 1
        : FirstOnly == SecondOnly ? 1 - SpecialFunctions.FairCoin(FirstOnly, Discordant) / 2
        : ExactP - SpecialFunctions.FairCoin(Math.Min(FirstOnly, SecondOnly), Discordant);

    /// <summary>Counts pairs of right and wrong answers.</summary>
    public static McNemar Of(IEnumerable<(bool First, bool Second)> right) =>
        right.Aggregate(new McNemar(0, 0), (m, r) => r switch
        {
            (true, false) => m with { FirstOnly = m.FirstOnly + 1 },
            (false, true) => m with { SecondOnly = m.SecondOnly + 1 },
            _ => m,
        });
}
