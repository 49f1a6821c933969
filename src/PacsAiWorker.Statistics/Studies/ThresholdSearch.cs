using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Statistics.Studies;

/// <summary>Finds operating points. What is found holds for other data than it was found on: give it training cases only.</summary>
public static class ThresholdSearch
{
    /// <summary>Score with the largest sum of sensitivity and specificity; null when a class has no cases.</summary>
    public static double? Youden(IReadOnlyCollection<(bool Positive, double Score)> training) =>
        RocCurve.Of(training)?.BestYouden.Threshold is { } best && double.IsFinite(best) ? best : null;

    /// <summary>
    /// Share of positive images from which a study is to be flagged, half-way between the two shares around the best cut, so that
    /// a study of another number of images falls clearly on one side.
    /// </summary>
    /// <param name="training">Truth of each study, and the scores of its images. Studies of fewer than <see cref="StudyAggregation.LeastImages"/> say nothing.</param>
    /// <param name="threshold">From which an image is positive.</param>
    public static double? Proportion(IEnumerable<(bool Positive, IReadOnlyCollection<double> Scores)> training, double threshold)
    {
        var shares = training.Where(s => s.Scores.Count >= StudyAggregation.LeastImages)
            .Select(s => (s.Positive, Share: s.Scores.Count(x => x >= threshold) / (double)s.Scores.Count)).ToList();
        if (Youden(shares) is not { } best)
            return null;
        var below = shares.Where(s => s.Share < best).Select(s => s.Share).DefaultIfEmpty(best).Max();
        return (best + below) / 2;
    }
}
