namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>What a multinomial logistic regression found, on the features it was given.</summary>
/// <param name="Weights">Classes × features, row by row.</param>
/// <param name="Bias">One a class.</param>
/// <param name="Loss">Weighted mean cross-entropy (nats) plus the penalty.</param>
/// <param name="Steps">Of L-BFGS.</param>
public sealed record SoftmaxSolution(double[] Weights, double[] Bias, double Loss, int Steps);

/// <summary>
/// Multinomial logistic regression: weighted mean cross-entropy + l2 / 2 × the sum of squared weights; the constants are not penalised.
/// scikit-learn's <c>LogisticRegression</c> minimises the same with l2 = 1 / (C × cases). Convex, from zero: the result depends on the data alone.
/// </summary>
public sealed class SoftmaxRegression
{
    private readonly SoftmaxLoss _loss;
    private readonly int _classes, _width;
    private readonly double _l2;

    /// <param name="features">Cases × features, standardised or of one scale.</param>
    /// <param name="labels">Class of each case, from 0.</param>
    /// <param name="weights">Weight of each case, above 0; see <see cref="Balanced"/>.</param>
    /// <param name="classes">Number of classes, at least two.</param>
    /// <param name="l2">Above 0.</param>
    /// <param name="threads">At most so many; the result does not depend on it. 0: all processors.</param>
    /// <exception cref="ArgumentException">Labels or weights do not fit the features, or l2 is not above 0.</exception>
    public SoftmaxRegression(FeatureMatrix features, int[] labels, double[] weights, int classes, double l2, int threads = 0)
    {
        if (labels.Length != features.Rows || weights.Length != features.Rows || labels.Any(l => l < 0 || l >= classes))
            throw new ArgumentException($"each of the {features.Rows} cases needs a weight and a label below {classes}", nameof(labels));
        if (!(l2 > 0))
            throw new ArgumentException("l2 must be above 0", nameof(l2));
        _loss = new SoftmaxLoss(features, labels, weights, classes, threads > 0 ? threads : Environment.ProcessorCount);
        (_classes, _width, _l2) = (classes, features.Width, l2);
    }

    /// <summary>Weights with which every class counts alike: cases / (classes that occur × cases of the class).</summary>
    public static double[] Balanced(IReadOnlyList<int> labels)
    {
        var counts = labels.GroupBy(l => l).ToDictionary(g => g.Key, g => g.Count());
        return [.. labels.Select(l => (double)labels.Count / (counts.Count * counts[l]))];
    }

    /// <summary>Minimises.</summary>
    /// <param name="mostSteps">Of L-BFGS.</param>
    /// <param name="after">Called after each step with its number from 1 and the parameters so far; false ends.</param>
    public SoftmaxSolution Solve(int mostSteps = 1000, Func<int, double[], bool>? after = null)
    {
        var parameters = new double[_loss.Length];
        var (value, steps) = new Lbfgs { MostSteps = mostSteps }.Minimise(Penalised, parameters, after);
        return new(parameters[..(_classes * _width)], parameters[(_classes * _width)..], value, steps);
    }

    /// <summary>Weighted mean cross-entropy of other parameters on these cases, without the penalty: for cases held out.</summary>
    internal double CrossEntropy(double[] parameters) => _loss.At(parameters, []);

    private double Penalised(double[] parameters, double[] gradient)
    {
        var value = _loss.At(parameters, gradient);
        var weights = parameters.AsSpan(0, _classes * _width);
        var slope = gradient.AsSpan(0, weights.Length);
        VectorMath.Combine(weights, _l2, slope, slope);
        return value + _l2 / 2 * VectorMath.Dot(weights, weights);
    }
}
