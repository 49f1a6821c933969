using System.Globalization;
using System.Text.Json;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Standing;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>What became of a study's images, whatever the model.</summary>
/// <param name="Received">Images kept.</param>
/// <param name="NotScored">Reason → count, in the words of the closed list.</param>
/// <param name="InPart">Scored clips of which some frames could not be read.</param>
public sealed record ImageCounts(int Received, IReadOnlyDictionary<string, int> NotScored, int InPart = 0)
{
    /// <summary>While images are still arriving: none of those that are missing is named.</summary>
    public static ImageCounts SoFar(int received) => new(received, new Dictionary<string, int>());

    /// <summary>"3 not scored (codec 2, corrupt 1); 1 scored in part", or an empty text.</summary>
    public string NotScoredText => string.Join("; ", new[] { Missing, InPart > 0 ? $"{InPart} scored in part" : "" }.Where(t => t.Length > 0));

    private string Missing => NotScored.Count == 0
        ? ""
        : $"{NotScored.Values.Sum()} not scored ({string.Join(", ", NotScored.OrderByDescending(p => p.Value).ThenBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key} {p.Value}"))})";
}

/// <summary>One model's verdict on a study.</summary>
/// <param name="Probability">Null when no image could be scored.</param>
public sealed record StudyVerdict(double? Probability, bool IsPositive, int Scored, int Positive, string Priority, string Sentence);

/// <summary>Pure: from scored images to the study. Images that were not scored never count as negative.</summary>
public static class StudyDecider
{
    private const int LeastForProportion = 3;

    /// <summary>Whether a package's scores say something about the patient: those of a view router, which has no positive class, never do.</summary>
    public static bool MakesFindings(ModelRow model)
    {
        using var classes = JsonDocument.Parse(model.Classes);
        return classes.RootElement.GetArrayLength() == 0
            || classes.RootElement.EnumerateArray().Any(c => c.TryGetProperty("isPositive", out var positive) && positive.GetBoolean());
    }

    /// <param name="scores">This model's scores of the study's current images, at least one.</param>
    public static StudyVerdict Decide(ModelRow model, IReadOnlyList<ScoreRow> scores, ImageCounts counts) => Decide(StudyRule.Of(model), ImageScore.Of(scores), counts);

    /// <param name="images">The study's scored images, at least one.</param>
    public static StudyVerdict Decide(StudyRule rule, IReadOnlyList<ImageScore> images, ImageCounts counts)
    {
        var positive = images.Count(i => i.Probability >= i.Threshold);
        var aggregation = rule.Aggregation == "proportion" && images.Count < LeastForProportion ? "max" : rule.Aggregation;
        var probability = aggregation switch
        {
            "mean" => images.Average(i => i.Probability),
            "proportion" => (double)positive / images.Count,
            _ => images.Max(i => i.Probability),
        };
        var isPositive = aggregation == "max" ? positive > 0 : probability >= rule.Threshold;
        var priority = isPositive ? rule.PositivePriority : Priorities.Routine;
        return new StudyVerdict(probability, isPositive, images.Count, positive, priority, Sentence(isPositive, positive, images.Count, counts));
    }

    /// <summary>What a package that flags the study says of it, finding by finding.</summary>
    public static StudyVoice Voice(StudyPicture picture, ModelRow model, string priority) =>
        new(model.ModelId, Findings.Of(model, picture.Scores.Where(s => s.ModelIdentity == model.Identity), picture.Instances.ToDictionary(i => i.Id, i => i.ReceivedAt)), priority, "");

    /// <summary>Of a package that none of its images could be scored by; it says nothing, and so lowers nothing.</summary>
    /// <param name="meant">The images that were meant for it.</param>
    public static StudyVerdict NotScored(ImageCounts meant) => new(null, false, 0, 0, Priorities.NotEvaluated, $"Not scored: {meant.NotScoredText}");

    /// <summary>Of a package whose report a PACS has, whose images went out of use, and that says nothing any more.</summary>
    /// <param name="isNothingLeft">Whether no package scored an image that is in use.</param>
    public static StudyVerdict Withdrawn(string why, bool isNothingLeft) =>
        new(null, false, 0, 0, Priorities.NotEvaluated, $"Withdrawn: {why}; nothing of this study stands scored {(isNothingLeft ? "" : "by this model ")}any more");

    /// <summary>Why no model spoke.</summary>
    public static string NotAssessed(ImageCounts counts) => counts.Received == 0 ? "Not assessed: no image in use"
        : counts.NotScoredText.Length == 0 ? "Not assessed"
        : $"Not assessed: {counts.NotScoredText}";

    private static string Sentence(bool isPositive, int positive, int scored, ImageCounts counts)
    {
        var images = string.Create(CultureInfo.InvariantCulture, $"{positive} of {scored} {(scored == 1 ? "image" : "images")} above threshold");
        var rest = counts.NotScoredText is { Length: > 0 } text ? "; " + text : "";
        return isPositive ? images + rest : $"Not flagged by this model: {images}{rest}";
    }
}
