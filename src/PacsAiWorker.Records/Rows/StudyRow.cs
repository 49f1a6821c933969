namespace PacsAiWorker.Records.Rows;

/// <summary>One study as it was received. Everything but the Study Instance UID may be missing in the wild.</summary>
public sealed class StudyRow
{
    public Guid Id { get; set; }
    public required string StudyInstanceUid { get; set; }

    /// <summary><see cref="StudyStates"/>: a late image opens a complete study again under the next revision.</summary>
    public required string State { get; set; }

    /// <summary>1 for the first verdict; rises by one each time images arrive after completion.</summary>
    public int Revision { get; set; } = 1;

    /// <summary>Instances kept (current ones); the study's verdict is refused when it changed meanwhile.</summary>
    public int InstanceCount { get; set; }

    /// <summary>Application entity that sent the first instance, and the site configured for it.</summary>
    public required string CallingAe { get; set; }
    public required string Site { get; set; }

    /// <summary>How long the study waits after its last image, as its sender is configured.</summary>
    public int QuietSeconds { get; set; }

    public DateTime FirstReceivedAt { get; set; }
    public DateTime LastReceivedAt { get; set; }
    public DateTime? CompletedAt { get; set; }

    /// <summary>When a person said that the study is complete: its quiet time ends there, unless an image comes later.</summary>
    public DateTime? CloseAskedAt { get; set; }

    /// <summary>Who said so.</summary>
    public string CloseAskedBy { get; set; } = "";

    /// <summary>Work tier: 0 stat, 1 urgent, 2 routine, 3 backfill.</summary>
    public short Tier { get; set; } = 2;

    /// <summary>TP0 … TP4 (docs/operations.md). Machines only raise it.</summary>
    public string Priority { get; set; } = Priorities.NotEvaluated;

    /// <summary>One sentence for people: why the study stands where it stands.</summary>
    public string PriorityReason { get; set; } = "";
    public DateTime? FlaggedAt { get; set; }

    /// <summary>When it was read, as a person at the desk or the information system says; null while nobody has said so.</summary>
    public DateTime? ReadAt { get; set; }

    /// <summary>Who said so: an account, or the message.</summary>
    public string ReadBy { get; set; } = "";

    /// <summary>Read, and no image has come since.</summary>
    public bool IsRead => ReadAt >= LastReceivedAt;
}

/// <summary>States of a study.</summary>
public static class StudyStates
{
    /// <summary>Images may still arrive; the quiet time runs.</summary>
    public const string Open = "open";

    /// <summary>The verdict of the current revision is recorded.</summary>
    public const string Complete = "complete";
}

/// <summary>Triage priorities, private scheme 99PACSAI.</summary>
public static class Priorities
{
    public const string NotEvaluated = "TP0";
    public const string Critical = "TP1";
    public const string High = "TP2";
    public const string Elevated = "TP3";
    public const string Routine = "TP4";

    public static readonly IReadOnlyList<string> All = [NotEvaluated, Critical, High, Elevated, Routine];

    /// <summary>Words that always stand beside the code when a person sees it.</summary>
    public static string Meaning(string priority) => priority switch
    {
        Critical => "Critical",
        High => "High",
        Elevated => "Elevated",
        Routine => "Routine",
        _ => "Not evaluated",
    };

    /// <summary>Order on the reading list: 1 first. TP0 stands with routine work, never on top and never hidden.</summary>
    public static int Rank(string priority) => priority switch
    {
        Critical => 1,
        High => 2,
        Elevated => 3,
        _ => 4,
    };
}
