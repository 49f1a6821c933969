using System.Text.Json;
using System.Text.Json.Serialization;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>What of a package's rule is tried in another form; what is null stays as the package has it.</summary>
/// <param name="Threshold">Of an image, 0 to 1; with <c>max</c> and <c>mean</c> of the study too.</param>
/// <param name="Aggregation"><c>max</c>, <c>mean</c> or <c>proportion</c>.</param>
/// <param name="ProportionThreshold">Share of flagged images that flags a study, 0 to 1.</param>
public sealed record ChangedRule(double? Threshold = null, string? Aggregation = null, double? ProportionThreshold = null)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <param name="json">An object with threshold, aggregation, proportionThreshold, each of them or none.</param>
    /// <exception cref="InvalidDataException">What is wrong, in words.</exception>
    public static ChangedRule Parse(string json)
    {
        try
        {
            var rule = JsonSerializer.Deserialize<ChangedRule>(json, Strict) ?? throw new InvalidDataException("the file is empty; write for example { \"threshold\": 0.7 }");
            return rule.Threshold is < 0 or > 1 ? throw new InvalidDataException("threshold must lie at 0 to 1")
                : rule.ProportionThreshold is < 0 or > 1 ? throw new InvalidDataException("proportionThreshold must lie at 0 to 1")
                : rule.Aggregation is not (null or "max" or "mean" or "proportion") ? throw new InvalidDataException("aggregation must be max, mean or proportion")
                : rule;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"not a rule: {error.Message}; known are threshold, aggregation and proportionThreshold", error);
        }
    }

    /// <summary>The package's rule with these changes.</summary>
    public StudyRule On(StudyRule rule)
    {
        var aggregation = Aggregation ?? rule.Aggregation;
        var ofPackage = aggregation == rule.Aggregation ? rule.Threshold : (double?)null;
        return rule with { Aggregation = aggregation, Threshold = (aggregation == "proportion" ? ProportionThreshold : Threshold) ?? ofPackage ?? 0.5 };
    }
}

/// <summary>One study, as it was decided and as it would be now.</summary>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Then">The model's latest verdict; null when it gave none.</param>
/// <param name="Now">Null when no image of it can be scored.</param>
/// <param name="Gone">Images that have left the spool and have no score of this very package.</param>
public sealed record DryRunLine(string Study, ResultRow? Then, StudyVerdict? Now, int Gone)
{
    /// <summary>Flagged now and not then, or the other way round; a study that nothing can be said of is not.</summary>
    public bool IsDifferent => Now is not null && Now.IsPositive != (Then?.IsPositive ?? false);
}

/// <summary>A package, or its rule in another form, over what was received: what would have been flagged. Writes nothing, sends nothing.</summary>
public sealed class DryRun(StudyStore store, SpoolFiles spool, InstanceScorer scorer, LoadedModel model, ChangedRule change, ChildCallers children)
{
    /// <summary>One study. Scores of this very package are used as they were recorded; other images are scored while the spool has them.</summary>
    /// <exception cref="DeviceUnavailableException">The network could not be run.</exception>
    public async Task<DryRunLine> StudyAsync(Guid study, CancellationToken cancellation)
    {
        var picture = await store.ReadAsync(study, cancellation);
        var recorded = picture.Scores.Where(s => s.ModelIdentity == model.Identity).ToLookup(s => s.InstanceId);
        var (images, notScored, gone) = (new List<ImageScore>(), new List<string>(), 0);
        foreach (var instance in picture.Instances)
        {
            if (recorded[instance.Id].Any())
            {
                images.AddRange(ImageScore.Of(recorded[instance.Id]));
            }
            else if (instance.PurgedAt is not null || spool.Find(instance.File) is not { } file)
            {
                gone++;
            }
            else
            {
                var verdict = await scorer.ScoreAsync(file, Tiers.Backfill, children.Has(instance.CallingAe), cancellation);
                var frames = verdict.Scores.Where(s => s.ModelIdentity == model.Identity).Select(s => s.PositiveProbability).ToList();
                if (frames.Count > 0)
                {
                    images.Add(new ImageScore(ClipScore.Of(frames), model.Card.Threshold));
                }
                else
                {
                    notScored.Add((verdict.Reason ?? NotScoredReason.NoModelApplies).Text());
                }
            }
        }

        var counts = new ImageCounts(picture.Instances.Count, notScored.GroupBy(r => r).ToDictionary(g => g.Key, g => g.Count()));
        List<ImageScore> changed = [.. images.Select(i => i with { Threshold = change.Threshold ?? i.Threshold })];
        var now = changed.Count == 0 ? null : StudyDecider.Decide(change.On(StudyRule.Of(model.Card)), changed, counts);
        return new DryRunLine(picture.Study.StudyInstanceUid, await store.LastResultAsync(study, model.Card.Id, cancellation), now, gone);
    }
}
