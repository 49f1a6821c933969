using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline;

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
