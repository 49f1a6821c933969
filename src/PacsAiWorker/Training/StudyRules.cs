using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Training;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Training;

/// <summary>From which score an image is flagged, and what that means for its study; found on some images, to be used on others.</summary>
/// <param name="Point">Of an image.</param>
/// <param name="Study">Of a study.</param>
/// <param name="ShareLearned">The share of a proportion rule was found here; else it is the recipe's.</param>
internal sealed record StudyRules(OperatingPoint Point, StudyAggregation Study, bool ShareLearned)
{
    /// <summary>From images to the study, as a card states it.</summary>
    public static StudyAggregation Stated(ModelCard card) => card.ImageToStudy switch
    {
        Aggregation.Mean => new(AggregationKind.Mean),
        Aggregation.Proportion => new(AggregationKind.Proportion, card.ProportionThreshold),
        _ => new(AggregationKind.Max),
    };

    /// <param name="training">Images whose scores come from heads that did not see them.</param>
    /// <param name="card">Aggregation, and the share to keep where none can be found.</param>
    /// <param name="specificity">Wanted; null: Youden.</param>
    public static StudyRules Find(IReadOnlyCollection<JudgedImage> training, ModelCard card, double? specificity)
    {
        var point = OperatingPoint.Find([.. training.Select(i => (i.Positive, i.Score))], specificity);
        if (card.ImageToStudy != Aggregation.Proportion)
        {
            return new StudyRules(point, Stated(card), false);
        }

        var studies = training.GroupBy(i => i.Item.Study).Select(g => (g.Any(i => i.Positive), (IReadOnlyCollection<double>)[.. g.Select(i => i.Score)]));
        var found = ThresholdSearch.Proportion(studies, point.Threshold) is > 0 and <= 1 and var share ? share : (double?)null;
        return new StudyRules(point, found is null ? Stated(card) : new StudyAggregation(AggregationKind.Proportion, found), found is not null);
    }
}
