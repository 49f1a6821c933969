namespace PacsAiWorker.Inference.Training;

/// <summary>A trained logistic head over raw features: z = Weights · x + Bias; probability = 1 / (1 + exp(-z)).</summary>
/// <param name="Weights">One a feature.</param>
/// <param name="Bias">Constant.</param>
public sealed record LogisticHead(double[] Weights, double Bias)
{
    private const int MostSteps = 100;
    private const double SmallStep = 1e-10;

    /// <summary>
    /// Fits by Newton steps with L2 on standardised features (not on the constant). The problem is convex, so the result depends on
    /// the data alone; plain double arithmetic in fixed order, one thread.
    /// </summary>
    /// <param name="features">Cases × features.</param>
    /// <param name="labels">One a case; both values must occur.</param>
    /// <param name="l2">Strength per case, above 0.</param>
    /// <exception cref="ArgumentException">No cases, one class only, or l2 not above 0.</exception>
    public static LogisticHead Train(double[][] features, bool[] labels, double l2)
    {
        if (features.Length == 0 || features.Length != labels.Length || !labels.Contains(true) || !labels.Contains(false))
            throw new ArgumentException("cases of both classes are needed, one label each");
        if (!(l2 > 0))
            throw new ArgumentException("l2 must be above 0", nameof(l2));
        var width = features[0].Length;
        var (mean, deviation) = Spread(features, width);
        var rows = features.Select(f => (double[])[.. f.Select((v, j) => (v - mean[j]) / deviation[j]), 1]).ToArray();
        var w = new double[width + 1];
        for (var step = 0; step < MostSteps; step++)
        {
            var move = Step(rows, labels, w, l2);
            for (var j = 0; j < w.Length; j++)
                w[j] -= move[j];
            if (move.Max(Math.Abs) < SmallStep)
                break;
        }
        var weights = new double[width];
        var bias = w[width];
        for (var j = 0; j < width; j++)
        {
            weights[j] = w[j] / deviation[j];
            bias -= weights[j] * mean[j];
        }
        return new LogisticHead(weights, bias);
    }

    /// <summary>The value before the logistic function.</summary>
    public double Score(double[] features)
    {
        var sum = Bias;
        for (var j = 0; j < Weights.Length; j++)
            sum += Weights[j] * features[j];
        return sum;
    }

    /// <summary>Probability of the positive class.</summary>
    public double Probability(double[] features) => PlainMath.Logistic(Score(features));

    private static (double[] Mean, double[] Deviation) Spread(double[][] features, int width)
    {
        var mean = new double[width];
        var deviation = new double[width];
        for (var j = 0; j < width; j++)
        {
            foreach (var f in features)
                mean[j] += f[j];
            mean[j] /= features.Length;
            foreach (var f in features)
                deviation[j] += (f[j] - mean[j]) * (f[j] - mean[j]);
            deviation[j] = Math.Sqrt(deviation[j] / features.Length);
            if (deviation[j] == 0)
                deviation[j] = 1; // a constant feature carries nothing
        }
        return (mean, deviation);
    }

    /// <summary>Inverse Hessian times gradient of the mean loss plus l2/2 · |w|².</summary>
    private static double[] Step(double[][] rows, bool[] labels, double[] w, double l2)
    {
        var size = w.Length;
        var gradient = new double[size];
        var hessian = new double[size, size];
        for (var i = 0; i < rows.Length; i++)
        {
            var z = 0.0;
            for (var j = 0; j < size; j++)
                z += w[j] * rows[i][j];
            var p = PlainMath.Logistic(z);
            var residual = p - (labels[i] ? 1 : 0);
            var curve = Math.Max(p * (1 - p), 1e-9);
            for (var j = 0; j < size; j++)
            {
                gradient[j] += residual * rows[i][j] / rows.Length;
                for (var k = 0; k <= j; k++)
                    hessian[j, k] += curve * rows[i][j] * rows[i][k] / rows.Length;
            }
        }
        for (var j = 0; j < size - 1; j++)
        {
            gradient[j] += l2 * w[j];
            hessian[j, j] += l2;
        }
        return Solve(hessian, gradient);
    }

    /// <summary>Cholesky factor of the lower triangle, then two substitutions.</summary>
    private static double[] Solve(double[,] a, double[] b)
    {
        var size = b.Length;
        var x = new double[size];
        for (var j = 0; j < size; j++)
            for (var i = j; i < size; i++)
            {
                var sum = a[i, j];
                for (var k = 0; k < j; k++)
                    sum -= a[i, k] * a[j, k];
                a[i, j] = i == j ? Math.Sqrt(sum) : sum / a[j, j];
            }
        for (var i = 0; i < size; i++)
        {
            x[i] = b[i];
            for (var k = 0; k < i; k++)
                x[i] -= a[i, k] * x[k];
            x[i] /= a[i, i];
        }
        for (var i = size - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < size; k++)
                x[i] -= a[k, i] * x[k];
            x[i] /= a[i, i];
        }
        return x;
    }
}
