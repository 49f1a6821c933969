namespace PacsAiWorker.Statistics;

/// <summary>
/// The few special functions that tests and intervals need, to about 1e-14 of their value. Formulas: Abramowitz and Stegun,
/// Handbook of Mathematical Functions, chapters 6, 7 and 26; DLMF 8.17.22 for the continued fraction of the incomplete beta function.
/// </summary>
public static class SpecialFunctions
{
    private const double SmallestStep = 2.3e-16;

    /// <summary>Chance that a standard normal value is at most <paramref name="z"/>.</summary>
    public static double NormalCdf(double z) => 0.5 * Erfc(-z / Math.Sqrt(2));

    /// <summary>Chance that a standard normal value lies at least as far from 0 as <paramref name="z"/>.</summary>
    public static double NormalTwoSided(double z) => Math.Min(1, Erfc(Math.Abs(z) / Math.Sqrt(2)));

    /// <summary>The value below which a standard normal value lies with chance <paramref name="p"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not between 0 and 1.</exception>
    public static double NormalQuantile(double p)
    {
        if (p is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "a quantile exists for chances between 0 and 1");
        if (p > 0.5)
            return -NormalQuantile(1 - p);
        var t = Math.Sqrt(-2 * Math.Log(p));
        var z = (2.30753 + 0.27061 * t) / (1 + t * (0.99229 + t * 0.04481)) - t;
        for (var i = 0; i < 4; i++)
        {
            var error = (NormalCdf(z) - p) * Math.Sqrt(2 * Math.PI) * Math.Exp(z * z / 2);
            z -= error / (1 + z * error / 2);
        }
        return z;
    }

    /// <summary>Half-width of a two-sided normal interval in standard errors: 1.96 for 0.95.</summary>
    public static double NormalWidth(double level) => -NormalQuantile((1 - level) / 2);

    /// <summary>Half-width of a two-sided interval of a mean in standard errors (Student's t).</summary>
    public static double StudentWidth(double level, int degrees)
    {
        var x = BetaQuantile(1 - level, degrees / 2.0, 0.5);
        return Math.Sqrt(degrees * (1 - x) / x);
    }

    /// <summary>Chance that a chi-square value of one degree of freedom is at least <paramref name="x"/>.</summary>
    public static double ChiSquareUpper(double x) => x <= 0 ? 1 : Erfc(Math.Sqrt(x / 2));

    /// <summary>Complementary error function.</summary>
    public static double Erfc(double x)
    {
        if (x < 0)
            return 2 - Erfc(-x);
        var square = x * x;
        var tail = Math.Exp(-square) * (1 - Math.FusedMultiplyAdd(x, x, -square)); // the rounding of x² would show far out
        if (x >= 1)
        {
            var fraction = x;
            for (var k = 200; k > 0; k--)
                fraction = x + k / 2.0 / fraction;
            return tail / (Math.Sqrt(Math.PI) * fraction);
        }

        double term = x, sum = x;
        for (var k = 1; term > sum * 1e-17; k++)
        {
            term *= 2 * square / (2 * k + 1);
            sum += term;
        }
        return 1 - 2 / Math.Sqrt(Math.PI) * tail * sum;
    }

    /// <summary>Regularised incomplete beta function I_x(a, b): chance that a beta value is at most <paramref name="x"/>.</summary>
    public static double Beta(double x, double a, double b) =>
        x <= 0 ? 0 : x >= 1 ? 1 : x > (a + 1) / (a + b + 2) ? 1 - LowerBeta(1 - x, b, a) : LowerBeta(x, a, b);

    /// <summary>The x with I_x(a, b) = p.</summary>
    public static double BetaQuantile(double p, double a, double b)
    {
        if (p <= 0)
            return 0;
        if (p >= 1)
            return 1;
        double low = 0, high = 1, x = a / (a + b);
        for (var i = 0; i < 400 && high - low > SmallestStep * low; i++)
        {
            var error = Beta(x, a, b) - p;
            if (error > 0)
                high = x;
            else
                low = x;
            var next = x - error * x * (1 - x) / Weight(x, a, b);
            if (Math.Abs(next - x) <= 4 * SmallestStep * x)
                return next;
            x = next > low && next < high ? next : (low + high) / 2;
        }
        return x;
    }

    /// <summary>Chance of at most <paramref name="k"/> heads in <paramref name="n"/> throws of a fair coin.</summary>
    public static double FairCoinCdf(int k, int n) => k >= n ? 1 : k < 0 ? 0 : Beta(0.5, n - k, k + 1);

    /// <summary>Chance of exactly <paramref name="k"/> heads in <paramref name="n"/> throws of a fair coin.</summary>
    public static double FairCoin(int k, int n) => 4 * Weight(0.5, k + 1, n - k + 1) / (n + 1);

    private static double LowerBeta(double x, double a, double b)
    {
        const double Tiny = 1e-300;
        double c = 1, d = 1 / Floor(1 - (a + b) * x / (a + 1)), fraction = d;
        for (var m = 1; m < 100_000; m++)
        {
            var even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / Floor(1 + even * d);
            c = Floor(1 + even / c);
            fraction *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / Floor(1 + odd * d);
            c = Floor(1 + odd / c);
            fraction *= d * c;
            if (Math.Abs(d * c - 1) < SmallestStep)
                break;
        }
        return Weight(x, a, b) / a * fraction;

        static double Floor(double value) => Math.Abs(value) < Tiny ? Tiny : value;
    }

    /// <summary>x^a (1 − x)^b / B(a, b), written around x = a / (a + b) so that large a and b cost no digits.</summary>
    private static double Weight(double x, double a, double b)
    {
        double sum = a + b, p = a / sum, q = b / sum;
        return Math.Sqrt(a * q / (2 * Math.PI))
            * Math.Exp(a * LogRatio(x, p, (x - p) / p) + b * LogRatio(1 - x, q, (p - x) / q) + StirlingRest(sum) - StirlingRest(a) - StirlingRest(b));
    }

    /// <summary>What Stirling's formula leaves out of ln Γ(x).</summary>
    private static double StirlingRest(double x)
    {
        var rest = 0.0;
        for (; x < 12; x++)
            rest += (x + 0.5) * Log1P(1 / x) - 1;
        var s = 1 / (x * x);
        return rest + (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188 - s * 691 / 360360))))) / x;
    }

    /// <summary>ln (x / p), from its distance to 1 where it is near 1.</summary>
    private static double LogRatio(double x, double p, double distance) => Math.Abs(distance) < 0.5 ? Log1P(distance) : Math.Log(x / p);

    private static double Log1P(double x)
    {
        var one = 1 + x;
        return one == 1 ? x : Math.Log(one) * (x / (one - 1));
    }
}
