namespace PacsAiWorker.Statistics.Roc;

/// <summary>
/// The nonparametric area under the ROC curve and its variance (DeLong, DeLong and Clarke-Pearson, Biometrics 1988). A case's place
/// among the others comes from sorted scores (the idea of Sun and Xu, IEEE Signal Processing Letters 2014): n log n, not m × n.
/// </summary>
public static class DeLong
{
    /// <summary>Area, variance and interval (normal, clipped to 0 … 1).</summary>
    /// <param name="positives">Scores of positive cases, at least two.</param>
    /// <param name="negatives">Scores of negative cases, at least two.</param>
    /// <param name="level">Of the interval.</param>
    /// <exception cref="ArgumentException">Too few cases, or a score that is not a number.</exception>
    public static AucEstimate Estimate(IReadOnlyList<double> positives, IReadOnlyList<double> negatives, double level = 0.95) =>
        Places(positives, negatives).Estimate(level);

    /// <summary>Compares two scores of the same cases.</summary>
    /// <param name="first">First score of the positive and of the negative cases.</param>
    /// <param name="second">Second score, cases in the same order.</param>
    /// <param name="level">Of the intervals.</param>
    /// <exception cref="ArgumentException">Too few cases, unequal numbers, or a score that is not a number.</exception>
    public static PairedAuc Compare(
        (IReadOnlyList<double> Positives, IReadOnlyList<double> Negatives) first,
        (IReadOnlyList<double> Positives, IReadOnlyList<double> Negatives) second, double level = 0.95)
    {
        if (first.Positives.Count != second.Positives.Count || first.Negatives.Count != second.Negatives.Count)
            throw new ArgumentException("both scores must be of the same cases", nameof(second));
        var (a, b) = (Places(first.Positives, first.Negatives), Places(second.Positives, second.Negatives));
        var (one, other) = (a.Estimate(level), b.Estimate(level));
        var covariance = Covariance(a.OfPositives, b.OfPositives) / a.OfPositives.Length + Covariance(a.OfNegatives, b.OfNegatives) / a.OfNegatives.Length;
        // Of differences, not variance + variance − 2 covariance, which loses its digits where scores nearly agree.
        var variance = Variance([.. a.OfPositives.Zip(b.OfPositives, (x, y) => x - y)]) / a.OfPositives.Length
            + Variance([.. a.OfNegatives.Zip(b.OfNegatives, (x, y) => x - y)]) / a.OfNegatives.Length;
        double difference = one.Auc - other.Auc, half = SpecialFunctions.NormalWidth(level) * Math.Sqrt(variance);
        double? z = variance < 1e-24 ? null : difference / Math.Sqrt(variance);
        return new PairedAuc(one, other, covariance, Math.Max(-1, difference - half), Math.Min(1, difference + half), z,
            z is { } value ? SpecialFunctions.NormalTwoSided(value) : null);
    }

    /// <summary>For each positive the share of negatives below it, for each negative the share of positives above it; ties count half.</summary>
    private sealed record Placements(double[] OfPositives, double[] OfNegatives)
    {
        public AucEstimate Estimate(double level) => AucEstimate.Of(
            OfPositives.Sum() / OfPositives.Length, Variance(OfPositives) / OfPositives.Length + Variance(OfNegatives) / OfNegatives.Length, level);
    }

    private static Placements Places(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        int m = positives.Count, n = negatives.Count;
        if (m < 2 || n < 2)
            throw new ArgumentException($"at least two positives and two negatives are needed, not {m} and {n}");
        double[] p = [.. positives], q = [.. negatives];
        if (Array.Exists(p, double.IsNaN) || Array.Exists(q, double.IsNaN))
            throw new ArgumentException("a score is not a number: leave out what was not scored", nameof(positives));
        int[] caseOfP = [.. Enumerable.Range(0, m)], caseOfQ = [.. Enumerable.Range(0, n)];
        Array.Sort(p, caseOfP);
        Array.Sort(q, caseOfQ);
        double[] below = new double[m], above = new double[n];
        for (int i = 0, j = 0; i < m || j < n;)
        {
            var value = j == n || (i < m && p[i] < q[j]) ? p[i] : q[j];
            int iEnd = i, jEnd = j;
            while (iEnd < m && p[iEnd] == value)
                iEnd++;
            while (jEnd < n && q[jEnd] == value)
                jEnd++;
            for (var k = i; k < iEnd; k++)
                below[caseOfP[k]] = (j + jEnd) / 2.0 / n;
            for (var k = j; k < jEnd; k++)
                above[caseOfQ[k]] = (2L * m - i - iEnd) / 2.0 / m;
            (i, j) = (iEnd, jEnd);
        }
        return new Placements(below, above);
    }

    private static double Variance(double[] values) => Covariance(values, values);

    private static double Covariance(double[] a, double[] b)
    {
        double meanA = a.Sum() / a.Length, meanB = b.Sum() / b.Length, sum = 0;
        for (var i = 0; i < a.Length; i++)
            sum += (a[i] - meanA) * (b[i] - meanB);
        return sum / (a.Length - 1);
    }
}
