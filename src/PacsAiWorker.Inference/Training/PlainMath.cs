namespace PacsAiWorker.Inference.Training;

/// <summary>Functions from IEEE basic operations in fixed order, so that training gives the same bytes on every machine.</summary>
internal static class PlainMath
{
    private const double Ln2High = 0.6931471803691238, Ln2Low = 1.9082149292705877e-10;

    /// <summary>e to the power x, relative error below 1e-14; x is clamped to ±700.</summary>
    public static double Exp(double x)
    {
        x = Math.Clamp(x, -700, 700);
        var power = Math.Floor(x / (Ln2High + Ln2Low) + 0.5);
        var rest = x - power * Ln2High - power * Ln2Low;
        double term = 1, sum = 1;
        for (var k = 1; k <= 14; k++)
        {
            term = term * rest / k;
            sum += term;
        }
        return Math.ScaleB(sum, (int)power);
    }

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static double Logistic(double x) => x >= 0 ? 1 / (1 + Exp(-x)) : Exp(x) / (1 + Exp(x));
}
