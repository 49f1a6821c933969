using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>How one verdict on a study comes from its images.</summary>
/// <param name="Aggregation"><c>max</c>, <c>mean</c> or <c>proportion</c>.</param>
/// <param name="Threshold">Of the study's figure: a probability, or for <c>proportion</c> the share of images above theirs.</param>
/// <param name="PositivePriority">TPx of a positive study.</param>
public sealed record StudyRule(string Aggregation, double Threshold, string PositivePriority)
{
    public static StudyRule Of(ModelRow model) => new(model.Aggregation, model.Threshold, model.PositivePriority);

    public static StudyRule Of(ModelCard card) => new(
        card.ImageToStudy.ToString().ToLowerInvariant(), card.ImageToStudy == Inference.Packages.Aggregation.Proportion ? card.ProportionThreshold!.Value : card.Threshold, card.PositiveTier.ToString().ToUpperInvariant());
}

/// <summary>One model's figure for one image.</summary>
/// <param name="Probability">Of the positive classes; of a clip from its frames (<see cref="ClipScore"/>).</param>
/// <param name="Threshold">From which the image is flagged.</param>
public readonly record struct ImageScore(double Probability, double Threshold)
{
    /// <summary>One an image, from one a frame.</summary>
    public static IReadOnlyList<ImageScore> Of(IEnumerable<ScoreRow> frames) =>
        [.. frames.GroupBy(s => s.InstanceId).Select(g => new ImageScore(ClipScore.Of(g.Select(s => s.PositiveProbability)), g.First().Threshold))];
}
