using static PacsAiWorker.Inference.Training.Heads.VectorMath;

namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>
/// Limited-memory BFGS (Liu and Nocedal, Mathematical Programming 1989) for smooth convex functions. Steps satisfy the weak Wolfe
/// conditions, found by doubling and halving (Lewis and Overton, Mathematical Programming 2013). Double precision, fixed order.
/// </summary>
internal sealed class Lbfgs
{
    private const int Memory = 10, MostTries = 30;
    private const double Decrease = 1e-4, Curvature = 0.9;

    private readonly Queue<(double[] Step, double[] Change, double Scale)> _pairs = new();

    /// <summary>Steps at most.</summary>
    public int MostSteps { get; init; } = 1000;

    /// <summary>Ends when no component of the gradient is larger.</summary>
    public double GradientTolerance { get; init; } = 1e-7;

    /// <summary>Ends when a step lowers the function by less than this share; below it float32 products only rustle.</summary>
    public double LossTolerance { get; init; } = 1e-10;

    /// <summary>Minimises from <paramref name="x"/>, which is overwritten.</summary>
    /// <param name="function">Value at a point; writes the gradient.</param>
    /// <param name="x">Start, then the result.</param>
    /// <param name="after">Called after each step with its number from 1 and the point; false ends.</param>
    /// <returns>Value at the result, and steps made.</returns>
    public (double Value, int Steps) Minimise(Func<double[], double[], double> function, double[] x, Func<int, double[], bool>? after = null)
    {
        double[] gradient = new double[x.Length], next = new double[x.Length], nextGradient = new double[x.Length];
        var value = function(x, gradient);
        for (var step = 1; step <= MostSteps; step++)
        {
            if (Largest(gradient) <= GradientTolerance)
                return (value, step - 1);
            var direction = Direction(gradient);
            var slope = Dot(direction, gradient);
            if (!(slope < 0))
                return (value, step - 1);
            double low = 0, high = double.PositiveInfinity, length = _pairs.Count == 0 ? Math.Min(1, 1 / Math.Sqrt(Dot(gradient, gradient))) : 1;
            double lower = double.NaN;
            var found = false;
            for (var tries = 0; tries < MostTries && !found; tries++)
            {
                Combine(direction, length, x, next);
                lower = function(next, nextGradient);
                if (!(lower <= value + Decrease * length * slope))
                    high = length;
                else if (Dot(direction, nextGradient) < Curvature * slope)
                    low = length;
                else
                    found = true;
                if (!found)
                    length = double.IsFinite(high) ? (low + high) / 2 : 2 * length;
            }
            // No lower point along a direction of descent: what is left is rounding.
            if (!(lower < value))
                return (value, step - 1);
            Remember(x, next, gradient, nextGradient);
            var gained = value - lower;
            value = lower;
            next.CopyTo(x, 0);
            (gradient, nextGradient) = (nextGradient, gradient);
            if (after?.Invoke(step, x) == false || gained <= LossTolerance * Math.Max(Math.Abs(value), 1e-3))
                return (value, step);
        }
        return (value, MostSteps);
    }

    /// <summary>Minus the inverse Hessian, as far as the remembered steps tell it, times the gradient (two loops).</summary>
    private double[] Direction(double[] gradient)
    {
        var direction = new double[gradient.Length];
        Scale(gradient, -1, direction);
        var pairs = _pairs.ToArray();
        var shares = new double[pairs.Length];
        for (var i = pairs.Length - 1; i >= 0; i--)
        {
            shares[i] = Dot(pairs[i].Step, direction) * pairs[i].Scale;
            Combine(pairs[i].Change, -shares[i], direction, direction);
        }
        if (pairs.Length > 0)
        {
            var (_, change, scale) = pairs[^1];
            Scale(direction, 1 / (scale * Dot(change, change)), direction);
        }
        for (var i = 0; i < pairs.Length; i++)
            Combine(pairs[i].Step, shares[i] - Dot(pairs[i].Change, direction) * pairs[i].Scale, direction, direction);
        return direction;
    }

    private void Remember(double[] x, double[] next, double[] gradient, double[] nextGradient)
    {
        double[] step = new double[x.Length], change = new double[x.Length];
        Combine(x, -1, next, step);
        Combine(gradient, -1, nextGradient, change);
        var curve = Dot(step, change);
        if (!(curve > 0))
            return;
        if (_pairs.Count == Memory)
            _pairs.Dequeue();
        _pairs.Enqueue((step, change, 1 / curve));
    }
}
