using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Training;

namespace PacsAiWorker.Training;

/// <summary>An image with the answer of a head that did not see it.</summary>
/// <param name="Item">The image.</param>
/// <param name="Fold">From 0; −1 for test images.</param>
/// <param name="Probabilities">One a class; they add up to 1.</param>
/// <param name="Score">Of the positive classes, as the package would give it; 0 for a router.</param>
/// <param name="Positive">Whether its class is to be flagged.</param>
internal sealed record JudgedImage(TrainingItem Item, int Fold, double[] Probabilities, double Score, bool Positive)
{
    /// <summary>All images of a training, in their order.</summary>
    public static IReadOnlyList<JudgedImage> Of(TrainingSet set, TrainingOutcome outcome, ModelCard card) =>
        [.. set.Items.Select((item, i) => Of(item, outcome.FoldOf[i], outcome.Probabilities[i], card))];

    /// <summary>One image, as the package judges it.</summary>
    /// <param name="item">The image.</param>
    /// <param name="fold">From 0; −1 for none.</param>
    /// <param name="frames">Probabilities of each frame.</param>
    /// <param name="card">Of the package. A router means over all frames.</param>
    public static JudgedImage Of(TrainingItem item, int fold, double[][] frames, ModelCard card)
    {
        var deciding = card.IsRouter ? frames : [.. frames.OrderByDescending(f => Inference.Probabilities.Positive(f, card)).Take(ClipScore.Highest)];
        double[] mean = [.. Enumerable.Range(0, card.Classes.Count).Select(k => deciding.Average(f => f[k]))];
        return new JudgedImage(item, fold, mean, card.IsRouter ? 0 : ClipScore.Of(frames.Select(f => Inference.Probabilities.Positive(f, card))), card.Classes[item.Label].IsPositive);
    }
}
