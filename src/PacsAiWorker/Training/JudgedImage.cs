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
    /// <summary>All images, in their order.</summary>
    public static IReadOnlyList<JudgedImage> Of(TrainingSet set, TrainingOutcome outcome, ModelCard card) =>
    [
        .. set.Items.Select((item, i) =>
        {
            var frames = outcome.Probabilities[i];
            double Score(double[] frame) => Math.Min(1, frame.Where((_, k) => card.Classes[k].IsPositive).Sum());
            // The frames that decide about a clip (ClipScore); a router means over all of them.
            var deciding = card.IsRouter ? frames : [.. frames.OrderByDescending(Score).Take(ClipFrames)];
            double[] mean = [.. Enumerable.Range(0, card.Classes.Count).Select(k => deciding.Average(f => f[k]))];
            return new JudgedImage(item, outcome.FoldOf[i], mean, card.IsRouter ? 0 : ClipScore.Of(frames.Select(Score)), card.Classes[item.Label].IsPositive);
        }),
    ];

    private const int ClipFrames = 3;
}
