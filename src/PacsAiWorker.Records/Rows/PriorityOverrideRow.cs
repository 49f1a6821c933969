namespace PacsAiWorker.Records.Rows;

/// <summary>What a person decided about the priority of one study (safety rule 5).</summary>
public sealed class PriorityOverrideRow
{
    public Guid Id { get; set; }
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }

    /// <summary><see cref="OverrideActions"/>.</summary>
    public required string Action { get; set; }

    /// <summary>Of a lowering: the package, whatever its version, and its class that no longer counts; an empty class stands for a figure of the study that no single image gave.</summary>
    public string ModelId { get; set; } = "";
    public string Finding { get; set; } = "";

    /// <summary>Of a raise: TP1 to TP3; of a lowering: the priority that the study had.</summary>
    public required string Priority { get; set; }
    public required string Why { get; set; }
    public required string Actor { get; set; }
    public DateTime At { get; set; }

    /// <summary>When a person took a raise back; null while it holds.</summary>
    public DateTime? EndedAt { get; set; }
}

/// <summary>What a person may decide about a priority.</summary>
public static class OverrideActions
{
    /// <summary>A finding of a package no longer counts for this study; it binds to both, so that anything new still raises.</summary>
    public const string Lower = "lower";

    public const string Raise = "raise";
}
