using System.Text.Json;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Standing;

/// <summary>A finding that a package names in a study.</summary>
/// <param name="LastCame">When the last image that shows it came, UTC; the beginning of time where no single image does.</param>
public readonly record struct SeenFinding(string Finding, DateTime LastCame);

/// <summary>Pure: which findings a package names in a study. A finding is a positive class of the package, by its id.</summary>
public static class Findings
{
    /// <summary>A figure of the study flagged it (mean, proportion) though no single image is above its threshold.</summary>
    public const string OfStudy = "";

    /// <param name="scores">Of this package, of one study.</param>
    /// <param name="came">When each image of the study came, UTC. One that is not among them has come since.</param>
    /// <returns>Of each flagged frame the positive class with the highest probability, each once; <see cref="OfStudy"/> alone where none is flagged.</returns>
    public static IReadOnlyList<SeenFinding> Of(ModelRow model, IEnumerable<ScoreRow> scores, IReadOnlyDictionary<Guid, DateTime> came)
    {
        var positive = Positive(model);
        List<SeenFinding> found =
        [
            .. scores.Where(s => s.IsPositive).GroupBy(s => Of(s, positive)).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new SeenFinding(g.Key, g.Max(s => came.GetValueOrDefault(s.InstanceId, DateTime.MaxValue)))),
        ];
        return found.Count > 0 ? found : [new SeenFinding(OfStudy, DateTime.MinValue)];
    }

    private static string Of(ScoreRow score, HashSet<string> positive)
    {
        var classes = JsonSerializer.Deserialize<string[]>(score.ClassIds) ?? [];
        var probabilities = JsonSerializer.Deserialize<double[]>(score.Probabilities) ?? [];
        return classes.Zip(probabilities).Where(c => positive.Contains(c.First)).OrderByDescending(c => c.Second).Select(c => c.First).FirstOrDefault(score.PredictedClass);
    }

    private static HashSet<string> Positive(ModelRow model)
    {
        using var classes = JsonDocument.Parse(model.Classes);
        return [.. classes.RootElement.EnumerateArray().Where(c => c.TryGetProperty("isPositive", out var positive) && positive.GetBoolean()).Select(c => c.GetProperty("id").GetString()!)];
    }
}
