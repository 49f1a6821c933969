using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Standing;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>A flag before the study is complete.</summary>
/// <param name="Reason">For people; says that images may still be arriving.</param>
public sealed record EarlyFlagVerdict(ModelRow Model, StudyVerdict Study, string Reason);

/// <summary>
/// Pure: what may be said of a study before it is complete (safety rule 7). Only packages whose figure cannot fall when images follow speak
/// early; those that judge a mean or a share speak at completion.
/// </summary>
public static class EarlyFlag
{
    /// <summary>The most urgent flag that the scores so far give; null when they give none, or images disagree about the patient.</summary>
    /// <param name="lowered">What a person has lowered in this study, and when last: of images that had come by then it raises no more.</param>
    public static EarlyFlagVerdict? Decide(StudyPicture picture, IReadOnlyDictionary<LoweredFinding, DateTime> lowered)
    {
        if (Identities.Conflict(picture.Instances.Select(i => i.IdentityDigest)))
        {
            return null;
        }

        return picture.Models.Values
            .Where(m => m is { SuspendedAt: null, Stage: ModelStages.Prioritise, Aggregation: "max" } && StudyDecider.MakesFindings(m))
            .OrderBy(m => m.ModelId, StringComparer.Ordinal).ThenBy(m => m.Identity, StringComparer.Ordinal)
            .Select(m => (Model: m, Verdict: StudyDecider.Decide(m, [.. picture.Scores.Where(s => s.ModelIdentity == m.Identity)], ImageCounts.SoFar(picture.Instances.Count))))
            .Where(c => c.Verdict.IsPositive && StudyDecider.Voice(picture, c.Model, c.Verdict.Priority).Counts(lowered))
            .OrderBy(c => Priorities.Rank(c.Verdict.Priority))
            .Select(c => new EarlyFlagVerdict(c.Model, c.Verdict, $"{c.Verdict.Sentence} so far; images may still be arriving ({c.Model.ModelId} {c.Model.Version})"))
            .FirstOrDefault();
    }
}
