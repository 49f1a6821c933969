using System.Globalization;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Inference.Training;

/// <summary>From which score an image is flagged, found on training cases.</summary>
/// <param name="Threshold">0 to 1, half-way between two scores, so that rounding moves no training case across.</param>
/// <param name="Source">How it was found, in words.</param>
public sealed record OperatingPoint(double Threshold, string Source)
{
    /// <summary>The largest sum of sensitivity and specificity (Youden), or the most sensitive point of a wanted specificity.</summary>
    /// <param name="training">Truth and probability of cases that the scoring heads did not see.</param>
    /// <param name="specificity">Wanted, above 0 and below 1; null: Youden.</param>
    public static OperatingPoint Find(IReadOnlyCollection<(bool Positive, double Score)> training, double? specificity)
    {
        if (RocCurve.Of(training) is not { } curve)
            return new(0.5, "one half: the training cases are all of one kind");
        var points = curve.Points;
        var index = specificity is { } wanted
            ? points.Select((p, i) => (p, i)).Last(x => x.p.Counts.Tn >= wanted * x.p.Counts.Negatives).i
            : points.Select((p, i) => (p.Youden, i)).MaxBy(x => x.Youden).i;
        var how = specificity is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"{share:0.####} specificity")
            : "largest sum of sensitivity and specificity";
        if (index == 0)
            return specificity is null
                ? new(0.5, "one half: the scores of the training cases order nothing")
                : new(Above(points[1].Threshold), how);
        var below = index + 1 < points.Count ? points[index + 1].Threshold : 0;
        return new((points[index].Threshold + below) / 2, how);
    }

    private static double Above(double score) => (score + 1) / 2;
}
