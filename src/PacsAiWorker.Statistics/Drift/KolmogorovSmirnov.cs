namespace PacsAiWorker.Statistics.Drift;

/// <summary>Whether two samples come from one distribution (Smirnov, Annals of Mathematical Statistics 1948).</summary>
/// <param name="Distance">Largest distance between the two empirical distributions, 0 … 1.</param>
/// <param name="P">By the limiting distribution; for small samples with ties it errs towards "the same".</param>
public readonly record struct KolmogorovSmirnov(double Distance, double P)
{
    /// <returns>Null where a sample is empty.</returns>
    public static KolmogorovSmirnov? Compare(IReadOnlyCollection<double> first, IReadOnlyCollection<double> second)
    {
        if (first.Count == 0 || second.Count == 0)
        {
            return null;
        }

        double[] a = [.. first.Order()], b = [.. second.Order()];
        double distance = 0;
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            // Equal values are passed on both sides before the distance is taken.
            var value = Math.Min(a[i], b[j]);
            while (i < a.Length && a[i] == value)
            {
                i++;
            }

            while (j < b.Length && b[j] == value)
            {
                j++;
            }

            distance = Math.Max(distance, Math.Abs(((double)i / a.Length) - ((double)j / b.Length)));
        }

        return new KolmogorovSmirnov(distance, Tail(distance * Math.Sqrt((double)a.Length * b.Length / (a.Length + b.Length))));
    }

    /// <summary>Probability that Kolmogorov's variable exceeds a value; each of the two series where it converges fast.</summary>
    public static double Tail(double x)
    {
        if (x < 0.2)
        {
            return 1;
        }

        if (x < 1.18)
        {
            var sum = 0.0;
            for (var k = 1; k <= 9; k += 2)
            {
                sum += Math.Exp(-k * k * Math.PI * Math.PI / (8 * x * x));
            }

            return 1 - (Math.Sqrt(2 * Math.PI) / x * sum);
        }

        var tail = 0.0;
        for (var k = 1; k <= 8; k++)
        {
            tail += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2.0 * k * k * x * x);
        }

        return Math.Clamp(tail, 0, 1);
    }
}
