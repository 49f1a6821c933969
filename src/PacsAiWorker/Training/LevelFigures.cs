using System.Globalization;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Folds;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Training;

/// <summary>Figures of one level on images that no head that judged them had seen; at thresholds found without them.</summary>
/// <param name="Level">image or study.</param>
/// <param name="Counts">At the thresholds.</param>
/// <param name="Auc">Null where it is not defined.</param>
/// <param name="FellBack">Studies of too few images for a proportion; they are in the counts, not in the area.</param>
internal sealed record LevelFigures(string Level, BinaryCounts Counts, AucEstimate? Auc, int FellBack)
{
    /// <summary>By image and by study.</summary>
    /// <param name="images">The images that are judged.</param>
    /// <param name="rulesOf">The rules for a fold: found on other folds.</param>
    public static IReadOnlyList<LevelFigures> Of(IReadOnlyCollection<JudgedImage> images, Func<int, StudyRules> rulesOf)
    {
        var byImage = images.Aggregate(new BinaryCounts(), (sum, i) => sum.With(i.Positive, i.Score >= rulesOf(i.Fold).Point.Threshold));
        var studies = images.GroupBy(i => (i.Item.Study, i.Fold)).Select(g =>
        {
            var rules = rulesOf(g.Key.Fold);
            return (Positive: g.Any(i => i.Positive), Verdict: rules.Study.Judge([.. g.Select(i => i.Score)], rules.Point.Threshold));
        }).ToList();
        var byStudy = studies.Aggregate(new BinaryCounts(), (sum, s) => sum.With(s.Positive, s.Verdict.Flagged));
        var ranked = studies.Where(s => !s.Verdict.FellBack).Select(s => (s.Positive, s.Verdict.Score)).ToList();
        return
        [
            new LevelFigures("image", byImage, Area([.. images.Select(i => (i.Positive, i.Score))]), 0),
            new LevelFigures("study", byStudy, Area(ranked), studies.Count - ranked.Count),
        ];
    }

    /// <summary>An entry of a card's <c>evaluation</c>; null where a figure is missing, and for the studies of a split by image, which lie on both sides.</summary>
    public string? Yaml(string dataset, SplitUnit split) => (split == SplitUnit.Image && Level == "study") || Auc is not { } auc || Counts.Recall.Value is not { } sensitivity || Counts.Specificity.Value is not { } specificity
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{{ dataset: {YamlText.Quoted(dataset)}, splitUnit: {split.ToString().ToLowerInvariant()}, level: {Level}, cases: {Counts.Total}, positives: {Counts.Positives}, auc: {auc.Auc:0.0000}, aucLow: {auc.Low:0.0000}, aucHigh: {auc.High:0.0000}, sensitivity: {sensitivity:0.0000}, specificity: {specificity:0.0000} }}");

    /// <summary>A figure by fold: mean and deviation beside the pooled one.</summary>
    public static FoldFigure ByFold(IReadOnlyCollection<JudgedImage> images, Func<IReadOnlyCollection<JudgedImage>, double?> figure) =>
        FoldFigure.Of(images.GroupBy(i => i.Fold).OrderBy(g => g.Key).Select(g => figure([.. g])));

    private static AucEstimate? Area(IReadOnlyCollection<(bool Positive, double Score)> cases) =>
        cases.Count(c => c.Positive) < 2 || cases.Count(c => !c.Positive) < 2 ? null
        : DeLong.Estimate([.. cases.Where(c => c.Positive).Select(c => c.Score)], [.. cases.Where(c => !c.Positive).Select(c => c.Score)]);
}
