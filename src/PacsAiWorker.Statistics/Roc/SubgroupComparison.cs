using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Statistics.Roc;

/// <summary>One subgroup of positives against all cases of the reference group: what "accuracy and AUC per category" means for a model of two answers.</summary>
/// <param name="Subgroup">Its name.</param>
/// <param name="Cases">Of the subgroup.</param>
/// <param name="Accuracy">Right answers within the subgroup alone.</param>
/// <param name="Auc">Subgroup against reference; null for the reference itself or when one has no cases.</param>
public sealed record SubgroupFigures(string Subgroup, int Cases, Proportion Accuracy, AucEstimate? Auc);

/// <summary>Figures per subgroup against one reference, in the manner of Tsai et al., JMIR Medical Informatics 2022.</summary>
public static class SubgroupComparison
{
    /// <param name="cases">Subgroup, truth and score.</param>
    /// <param name="reference">Subgroup that all others are compared with.</param>
    /// <param name="threshold">From which a score is flagged.</param>
    /// <returns>Reference first, then the others by name.</returns>
    /// <exception cref="ArgumentException">No case is of the reference.</exception>
    public static IReadOnlyList<SubgroupFigures> PerSubgroupVsReference(
        IReadOnlyCollection<(string Subgroup, bool Positive, double Score)> cases, string reference, double threshold)
    {
        var negatives = cases.Where(c => c.Subgroup == reference).Select(c => c.Score).ToArray();
        if (negatives.Length == 0)
            throw new ArgumentException($"no case is of the reference \"{reference}\"; there are {string.Join(", ", cases.Select(c => c.Subgroup).Distinct().Order(StringComparer.Ordinal))}", nameof(reference));
        return
        [
            .. cases.GroupBy(c => c.Subgroup).OrderBy(g => g.Key != reference).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => new SubgroupFigures(
                g.Key, g.Count(), BinaryCounts.At(threshold, g.Select(c => (c.Positive, c.Score))).Accuracy,
                g.Key == reference ? null : Area([.. g.Select(c => c.Score)], negatives))),
        ];
    }

    /// <summary>DeLong's where both sides have two cases, else Hanley and McNeil's variance.</summary>
    public static AucEstimate? Area(IReadOnlyList<double> positives, IReadOnlyList<double> negatives) => (positives.Count, negatives.Count) switch
    {
        (0, _) or (_, 0) => null,
        ( >= 2, >= 2) => DeLong.Estimate(positives, negatives),
        var (m, n) => HanleyMcNeil.Estimate(RocCurve.Of([.. positives.Select(s => (true, s)), .. negatives.Select(s => (false, s))])!.Auc, m, n),
    };
}
