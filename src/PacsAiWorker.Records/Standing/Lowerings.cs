using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Standing;

/// <summary>A finding of a package that a person has lowered in one study, whatever the package's version.</summary>
public readonly record struct LoweredFinding(string ModelId, string Finding);

/// <summary>Pure: what people have lowered in a study. A lowering binds to what had come by then (safety rule 5): nobody has seen what comes after.</summary>
public static class Lowerings
{
    /// <summary>Each finding with the time at which it was last lowered.</summary>
    public static Dictionary<LoweredFinding, DateTime> Of(IEnumerable<PriorityOverrideRow> overrides) =>
        overrides.Where(o => o.Action == OverrideActions.Lower).GroupBy(o => new LoweredFinding(o.ModelId, o.Finding)).ToDictionary(g => g.Key, g => g.Max(o => o.At));

    /// <summary>Whether a person who lowered the finding had every image that shows it.</summary>
    public static bool Hold(IReadOnlyDictionary<LoweredFinding, DateTime> lowered, string modelId, SeenFinding finding) =>
        lowered.TryGetValue(new LoweredFinding(modelId, finding.Finding), out var at) && finding.LastCame <= at;
}
