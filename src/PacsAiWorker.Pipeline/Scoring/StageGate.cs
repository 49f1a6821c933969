using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>
/// Pure: how far a package may go. Evidence on single images does not carry a priority: the maximum over 30 images at 90 % specificity
/// flags most normal studies (docs/hazards.md). Nor do figures of a split by image, for which parts of one study lie on both sides.
/// </summary>
public static class StageGate
{
    /// <param name="leads">Whether the package's bare id means this version.</param>
    /// <inheritdoc cref="Decide(string, IReadOnlyList{ModelEvaluation}, string)"/>
    public static (string Stage, string? Remark) Decide(ModelsOptions models, ModelCard card, bool leads) =>
        Decide(models.StageOf(card.Id, card.Version, leads), card.Evaluation, card.Id);

    /// <returns>The stage in force, and a sentence when it is lower than what the site asked for.</returns>
    public static (string Stage, string? Remark) Decide(string asked, IReadOnlyList<ModelEvaluation> evaluations, string modelId)
    {
        if (asked == ModelStages.Prioritise && evaluations.All(e => e.Level != "study" || e.SplitUnit == "image"))
        {
            return (ModelStages.Report, $"Models:Stages:{modelId} asks for prioritise, but the package has no study-level evaluation, split by patient or study: it reports only");
        }

        return (asked, null);
    }
}
