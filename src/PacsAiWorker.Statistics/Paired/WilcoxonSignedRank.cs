namespace PacsAiWorker.Statistics.Paired;

/// <summary>Whether paired differences lie around zero, by the ranks of their sizes (Wilcoxon, Biometrics Bulletin 1945).</summary>
public static class WilcoxonSignedRank
{
    /// <summary>Most pairs for which all sign patterns are counted.</summary>
    public const int MostExact = 50;

    /// <param name="differences">One for each pair.</param>
    /// <param name="method">Null: exact up to <see cref="MostExact"/> pairs, which holds with ties too, else normal.</param>
    /// <param name="zeros">What becomes of pairs without a difference.</param>
    /// <param name="continuity">Normal only: move the statistic by ½ towards its mean.</param>
    /// <param name="tieCorrection">Normal only: variance of the ranks as they are, not as they would be without ties.</param>
    /// <exception cref="ArgumentException">Exact is asked for more pairs than can be counted, or a difference is not a number.</exception>
    public static WilcoxonResult Test(IEnumerable<double> differences, WilcoxonMethod? method = null, ZeroRule zeros = ZeroRule.Wilcox, bool continuity = false, bool tieCorrection = true)
    {
        double[] all = [.. differences];
        if (Array.Exists(all, double.IsNaN))
            throw new ArgumentException("a difference is not a number: leave out pairs that were not measured", nameof(differences));
        var none = all.Count(d => d == 0);
        var ranks = DoubledRanks([.. all.Where(d => zeros == ZeroRule.Pratt || d != 0)]).Where(r => r.Difference != 0).ToArray();
        var n = ranks.Length;
        var (positive, negative) = (ranks.Where(r => r.Difference > 0).Sum(r => r.Rank), ranks.Where(r => r.Difference < 0).Sum(r => r.Rank));
        var chosen = method ?? (n <= MostExact ? WilcoxonMethod.Exact : WilcoxonMethod.Normal);
        if (chosen == WilcoxonMethod.Exact && n > MostExact)
            throw new ArgumentException($"{n} pairs: exact up to {MostExact}, take the normal approximation", nameof(method));
        var ties = ranks.GroupBy(r => r.Rank).Where(g => g.Count() > 1).Sum(g => g.Count());
        var least = Math.Min(positive, negative) / 2.0;
        double? p = n == 0 ? null
            : chosen == WilcoxonMethod.Exact ? ExactTwoSided([.. ranks.Select(r => r.Rank)], Math.Min(positive, negative))
            : NormalTwoSided(least, (positive + negative) / 4.0, Variance(ranks, none, zeros, tieCorrection), continuity);
        return new WilcoxonResult(n, none, ties, positive / 2.0, negative / 2.0, chosen, p);
    }

    /// <summary>2 / 2ⁿ: no exact p-value of n pairs can be smaller, whatever is printed.</summary>
    public static double LeastAttainable(int n) => Math.Min(1, Math.Pow(2, 1 - n));

    /// <summary>Whether a printed p-value can be an exact one of n pairs.</summary>
    public static bool CanBeExact(double p, int n) => p >= LeastAttainable(n);

    /// <summary>Exact two-sided p of a sum of ranks of n pairs without ties.</summary>
    public static double ExactTwoSided(int n, int statistic) => ExactTwoSided([.. Enumerable.Range(1, n).Select(r => 2 * r)], 2 * statistic);

    /// <summary>Normal two-sided p of a sum of ranks of n pairs without ties.</summary>
    public static double NormalTwoSided(int n, double statistic, bool continuity) =>
        NormalTwoSided(statistic, n * (n + 1) / 4.0, n * (n + 1.0) * (2 * n + 1) / 24, continuity) ?? 1;

    private static double ExactTwoSided(int[] doubledRanks, int smaller)
    {
        // Ranks are doubled, so that those shared by ties are whole; 2⁵⁰ patterns are counted without loss.
        var patterns = new double[doubledRanks.Sum() + 1];
        patterns[0] = 1;
        var reach = 0;
        foreach (var rank in doubledRanks)
        {
            reach += rank;
            for (var sum = reach; sum >= rank; sum--)
                patterns[sum] += patterns[sum - rank];
        }
        return Math.Min(1, 2 * patterns.Take(smaller + 1).Sum() / Math.Pow(2, doubledRanks.Length));
    }

    private static double? NormalTwoSided(double statistic, double mean, double variance, bool continuity)
    {
        if (variance <= 0)
            return null;
        var distance = Math.Max(0, Math.Abs(statistic - mean) - (continuity ? 0.5 : 0));
        return SpecialFunctions.NormalTwoSided(distance / Math.Sqrt(variance));
    }

    private static double Variance((double Difference, int Rank)[] ranks, int none, ZeroRule zeros, bool tieCorrection)
    {
        if (tieCorrection)
            return ranks.Sum(r => (double)r.Rank * r.Rank) / 16;
        double count = ranks.Length + (zeros == ZeroRule.Pratt ? none : 0), dropped = zeros == ZeroRule.Pratt ? none : 0;
        return (count * (count + 1) * (2 * count + 1) - dropped * (dropped + 1) * (2 * dropped + 1)) / 24;
    }

    /// <summary>Twice the rank of each size; equal sizes share the mean of their ranks.</summary>
    private static (double Difference, int Rank)[] DoubledRanks(double[] differences)
    {
        var sorted = differences.OrderBy(Math.Abs).ToArray();
        var ranks = new (double, int)[sorted.Length];
        for (var start = 0; start < sorted.Length;)
        {
            var end = start;
            while (end < sorted.Length && Math.Abs(sorted[end]) == Math.Abs(sorted[start]))
                end++;
            for (var i = start; i < end; i++)
                ranks[i] = (sorted[i], start + end + 1);
            start = end;
        }
        return ranks;
    }
}
