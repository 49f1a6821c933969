using PacsAiWorker.Statistics.Folds;

namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>How heads are trained.</summary>
/// <param name="L2">Strength on standardised features; null: the one of <see cref="HeadTrainer.Strengths"/> with the lowest loss on validation cases.</param>
/// <param name="Balanced">Whether every class counts alike, however many cases it has.</param>
/// <param name="Seed">Same seed, same head.</param>
/// <param name="Threads">At most so many; the result does not depend on it. 0: all processors.</param>
public sealed record HeadOptions(double? L2 = null, bool Balanced = true, int Seed = 1, int Threads = 0);

/// <summary>A case to learn from.</summary>
/// <param name="Features">Of the backbone.</param>
/// <param name="Label">Class, from 0.</param>
/// <param name="Group">Cases of one group (a patient) never lie on both sides of a split.</param>
public sealed record HeadCase(float[] Features, int Label, string Group);

/// <summary>A trained head and how it came about.</summary>
/// <param name="Head">Over raw features.</param>
/// <param name="L2">That was used.</param>
/// <param name="Steps">Of L-BFGS.</param>
/// <param name="StoppedEarly">Whether validation cases ended it before its minimum.</param>
/// <param name="Validation">Cases that were held out to choose strength and steps; 0: some class has too few groups.</param>
public sealed record HeadFit(SoftmaxHead Head, double L2, int Steps, bool StoppedEarly, int Validation);

/// <summary>
/// Trains a head on standardised features. A fifth of the groups is held out first: on it the strength of the penalty and the number of
/// steps are chosen; then the head is trained on all cases with both.
/// </summary>
public static class HeadTrainer
{
    /// <summary>Penalties that are tried where none is given.</summary>
    public static IReadOnlyList<double> Strengths { get; } = [1, 0.1, 0.01, 0.001];

    private const double WithoutValidation = 0.01;
    private const int ValidationFolds = 5, Patience = 15, MostSteps = 300;

    /// <summary>Trains.</summary>
    /// <param name="cases">Each class at least once.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Between runs.</param>
    public static HeadFit Train(IReadOnlyList<HeadCase> cases, int classes, HeadOptions options, CancellationToken cancellation = default)
    {
        var validation = Validation(cases, options.Seed);
        if (validation is null)
        {
            var l2 = options.L2 ?? WithoutValidation;
            var (alone, scale) = Problem(cases, classes, l2, options);
            var solved = alone.Solve(MostSteps);
            return new(SoftmaxHead.Folded(solved, scale), l2, solved.Steps, false, 0);
        }
        HeadCase[] learning = [.. cases.Where((_, i) => !validation[i])], judging = [.. cases.Where((_, i) => validation[i])];
        var tries = (options.L2 is { } given ? [given] : Strengths).Select(l2 =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Try(learning, judging, classes, l2, options);
        }).ToList();
        var best = tries.MinBy(t => t.Loss)!; // of equals the first, the strongest penalty
        cancellation.ThrowIfCancellationRequested();
        var (all, standardisation) = Problem(cases, classes, best.L2, options);
        var solution = all.Solve(best.StoppedEarly ? best.Steps : MostSteps);
        return new(SoftmaxHead.Folded(solution, standardisation), best.L2, solution.Steps, best.StoppedEarly, judging.Length);
    }

    private sealed record Trial(double L2, int Steps, double Loss, bool StoppedEarly);

    private static Trial Try(HeadCase[] learning, HeadCase[] judging, int classes, double l2, HeadOptions options)
    {
        var (problem, scale) = Problem(learning, classes, l2, options);
        var judge = Over(judging, scale, classes, l2, options);
        int bestStep = 0, last = 0;
        var bestLoss = double.PositiveInfinity;
        problem.Solve(MostSteps, (step, parameters) =>
        {
            var loss = judge.CrossEntropy(parameters);
            last = step;
            if (loss < bestLoss)
                (bestLoss, bestStep) = (loss, step);
            return step - bestStep < Patience;
        });
        return new(l2, Math.Max(1, bestStep), bestLoss, StoppedEarly: bestStep < last);
    }

    private static (SoftmaxRegression Problem, Standardisation Scale) Problem(IReadOnlyList<HeadCase> cases, int classes, double l2, HeadOptions options)
    {
        var scale = Standardisation.Of([.. cases.Select(c => c.Features)]);
        return (Over(cases, scale, classes, l2, options), scale);
    }

    private static SoftmaxRegression Over(IReadOnlyList<HeadCase> cases, Standardisation scale, int classes, double l2, HeadOptions options)
    {
        int[] labels = [.. cases.Select(c => c.Label)];
        double[] weights = options.Balanced ? SoftmaxRegression.Balanced(labels) : [.. labels.Select(_ => 1.0)];
        return new(FeatureMatrix.Of([.. cases.Select(c => c.Features)], scale), labels, weights, classes, l2, options.Threads);
    }

    /// <summary>Which cases are held out; null when some class has fewer groups than there are parts.</summary>
    private static bool[]? Validation(IReadOnlyList<HeadCase> cases, int seed)
    {
        try
        {
            // Another seed than that of the outer folds, whose parts would else come back whole.
            return [.. FoldPlan.Make([.. cases.Select(c => (c.Group, c.Label))], ValidationFolds, unchecked(seed * 31 + 17)).Select(f => f == 0)];
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
