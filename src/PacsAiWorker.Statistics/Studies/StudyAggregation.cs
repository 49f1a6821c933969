using System.Globalization;

namespace PacsAiWorker.Statistics.Studies;

/// <summary>How one figure of a study comes from its images.</summary>
public enum AggregationKind
{
    /// <summary>The highest image.</summary>
    Max,

    /// <summary>The mean.</summary>
    Mean,

    /// <summary>1 − Π (1 − p): chance that at least one image is positive, were they independent.</summary>
    NoisyOr,

    /// <summary>Share of images at or above the threshold.</summary>
    Proportion,
}

/// <summary>A study's figure and whether it is flagged.</summary>
/// <param name="Score">Higher means more suspect.</param>
/// <param name="Flagged">By the rule.</param>
/// <param name="FellBack">A proportion of fewer than three images means little: the highest image decided.</param>
public sealed record StudyVerdict(double Score, bool Flagged, bool FellBack);

/// <summary>From images to the study.</summary>
/// <param name="Kind">How.</param>
/// <param name="Share">Proportion only: share of images at or above the threshold from which a study is flagged.</param>
public sealed record StudyAggregation(AggregationKind Kind, double? Share = null)
{
    /// <summary>Fewest images of which a proportion is taken.</summary>
    public const int LeastImages = 3;

    /// <summary><c>max</c>, <c>mean</c>, <c>noisy-or</c> or <c>proportion:SHARE</c>; null when it is none of them.</summary>
    public static StudyAggregation? Parse(string text) => text switch
    {
        "max" => new(AggregationKind.Max),
        "mean" => new(AggregationKind.Mean),
        "noisy-or" => new(AggregationKind.NoisyOr),
        _ when text.StartsWith("proportion:", StringComparison.Ordinal)
            && double.TryParse(text["proportion:".Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is > 0 and <= 1 => new(AggregationKind.Proportion, share),
        _ => null,
    };

    public override string ToString() => Kind switch
    {
        AggregationKind.Max => "max",
        AggregationKind.Mean => "mean",
        AggregationKind.NoisyOr => "noisy-or",
        _ => string.Create(CultureInfo.InvariantCulture, $"proportion:{Share}"),
    };

    /// <param name="scores">Of the images that were scored, at least one: an image that failed never counts as negative.</param>
    /// <param name="threshold">From which an image, and but for proportion the study, is flagged.</param>
    public StudyVerdict Judge(IReadOnlyCollection<double> scores, double threshold)
    {
        if (Kind == AggregationKind.Proportion && scores.Count >= LeastImages)
        {
            var share = scores.Count(s => s >= threshold) / (double)scores.Count;
            return new(share, share >= Share, false);
        }
        var score = Kind switch
        {
            AggregationKind.Mean => scores.Average(),
            AggregationKind.NoisyOr => 1 - scores.Aggregate(1.0, (product, p) => product * (1 - p)),
            _ => scores.Max(),
        };
        return new(score, score >= threshold, Kind == AggregationKind.Proportion);
    }
}
