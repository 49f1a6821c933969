using PacsAiWorker.Inference.Training.Heads;
using PacsAiWorker.Statistics.Folds;

namespace PacsAiWorker.Inference.Training;

/// <summary>An image to learn from or to be judged on.</summary>
/// <param name="Group">Images of one group (a patient, a study) are never on both sides of a split.</param>
/// <param name="Label">Class, from 0.</param>
/// <param name="IsTest">Takes no part in training, strength, temperature or operating point.</param>
/// <param name="Frames">Features of each frame that would be scored, at least one.</param>
public sealed record TrainingCase(string Group, int Label, bool IsTest, IReadOnlyList<float[]> Frames)
{
    /// <summary>What a head learns from: a clip counts once, as the mean of its frames.</summary>
    public float[] Features => Frames.Count == 1 ? Frames[0] : [.. Enumerable.Range(0, Frames[0].Length).Select(j => (float)Frames.Average(f => (double)f[j]))];
}

/// <summary>What training gave.</summary>
/// <param name="Final">The head that is shipped, trained on all training cases.</param>
/// <param name="Folds">The heads of the folds.</param>
/// <param name="FoldOf">Fold of each case, from 0; −1 for test cases.</param>
/// <param name="Temperature">By which the shipped head's logits are divided.</param>
/// <param name="Probabilities">Of each case and frame: training cases by the head that did not see their fold, with a temperature fitted on the
/// other folds; test cases by the shipped head.</param>
public sealed record TrainingOutcome(
    HeadFit Final, IReadOnlyList<HeadFit> Folds, IReadOnlyList<int> FoldOf, double Temperature, IReadOnlyList<double[][]> Probabilities);

/// <summary>Trains a head for each fold and one for all; nothing that is chosen is chosen on the cases it is judged on.</summary>
public static class CrossValidation
{
    /// <summary>Trains.</summary>
    /// <param name="cases">Training and test cases.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="folds">At least two.</param>
    /// <param name="options">Of the heads; the seed also makes the folds.</param>
    /// <param name="trained">Called after each head.</param>
    /// <param name="cancellation">Between heads.</param>
    /// <exception cref="ArgumentException">A class has too few groups for so many folds.</exception>
    public static TrainingOutcome Run(
        IReadOnlyList<TrainingCase> cases, int classes, int folds, HeadOptions options, Action? trained = null, CancellationToken cancellation = default)
    {
        int[] learning = [.. Enumerable.Range(0, cases.Count).Where(i => !cases[i].IsTest)];
        HeadCase[] heads = [.. learning.Select(i => new HeadCase(cases[i].Features, cases[i].Label, cases[i].Group))];
        var plan = FoldPlan.Make([.. heads.Select(h => (h.Group, h.Label))], folds, options.Seed);
        var foldOf = Enumerable.Repeat(-1, cases.Count).ToArray();
        for (var i = 0; i < learning.Length; i++)
            foldOf[learning[i]] = plan[i];

        HeadFit Fit(int without)
        {
            cancellation.ThrowIfCancellationRequested();
            var fit = HeadTrainer.Train([.. heads.Where((_, i) => plan[i] != without)], classes, options, cancellation);
            trained?.Invoke();
            return fit;
        }
        HeadFit[] byFold = [.. Enumerable.Range(0, folds).Select(Fit)];
        var final = Fit(-1);

        double[][][] logits = [.. cases.Select((c, i) => c.Frames.Select(f => (foldOf[i] < 0 ? final : byFold[foldOf[i]]).Head.Logits(f)).ToArray())];
        double TemperatureWithout(int fold) => Temperature.Fit([.. learning.Where(i => foldOf[i] != fold).Select(i => (Mean(logits[i]), cases[i].Label))]);
        var temperature = TemperatureWithout(-1);
        double[] temperatures = [.. Enumerable.Range(0, folds).Select(TemperatureWithout)];
        return new(final, byFold, foldOf, temperature,
            [.. logits.Select((frames, i) => frames.Select(z => Temperature.Softmax(z, foldOf[i] < 0 ? temperature : temperatures[foldOf[i]])).ToArray())]);
    }

    private static double[] Mean(double[][] rows) => rows.Length == 1 ? rows[0] : [.. Enumerable.Range(0, rows[0].Length).Select(k => rows.Average(r => r[k]))];
}
