using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Evaluation;

/// <summary>What is asked of an evaluation.</summary>
internal sealed record EvaluationOptions
{
    /// <summary>Classes that are to be flagged; empty: truth is 1 and 0, or there is none to flag.</summary>
    public IReadOnlyList<string> Positive { get; init; } = [];

    /// <summary>From which a score is flagged; null is 0.5, and assumed.</summary>
    public double? Threshold { get; init; }

    /// <summary>Share of positive studies at the site; null is that of the file.</summary>
    public double? Prevalence { get; init; }

    public StudyAggregation Aggregation { get; init; } = new(AggregationKind.Max);

    /// <summary>Fewest cases of which a group's rates are shown.</summary>
    public int Minimum { get; init; } = 20;

    /// <summary>Subgroup with which all others are compared.</summary>
    public string Reference { get; init; } = "normal";

    public int Draws { get; init; } = 2000;

    public ulong Seed { get; init; } = 1;
}
