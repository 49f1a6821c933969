namespace PacsAiWorker.Records.Rows;

/// <summary>What a modality says about a step it performs (MPPS, PS3.4 annex F): which study, which images, and that it has ended.</summary>
public sealed class PerformedStepRow
{
    public required string SopInstanceUid { get; set; }

    /// <summary><see cref="StepStates"/>.</summary>
    public required string State { get; set; }
    public required string StudyInstanceUid { get; set; }
    public required string CallingAe { get; set; }

    /// <summary>JSON array of the SOP Instance UIDs that it made.</summary>
    public required string Images { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime ChangedAt { get; set; }

    /// <summary>When it was seen that all it made is here; null while something is missing or nobody has looked.</summary>
    public DateTime? AllHereAt { get; set; }
}

/// <summary>States of a performed procedure step (0040,0252).</summary>
public static class StepStates
{
    public const string InProgress = "in progress";
    public const string Completed = "completed";
    public const string Discontinued = "discontinued";
}
