namespace PacsAiWorker.Records.Rows;

/// <summary>Something to be done. The row is the truth; messages only wake somebody up.</summary>
public sealed class WorkRow
{
    public Guid Id { get; set; }

    /// <summary><see cref="WorkKinds"/>.</summary>
    public required string Kind { get; set; }

    /// <summary>Unique with the kind: the same thing is never queued twice.</summary>
    public required string DedupeKey { get; set; }

    /// <summary>Key of the instance, study, result or delivery the work is about.</summary>
    public Guid Subject { get; set; }
    public short Tier { get; set; }

    /// <summary>Work of one lane never holds up another's: the destination that it leaves for; empty where there is none.</summary>
    public string Lane { get; set; } = "";
    public required string State { get; set; }
    public DateTime NotBefore { get; set; }
    public int Attempts { get; set; }
    public int MaxAttempts { get; set; } = 8;
    public string? LeaseOwner { get; set; }
    public DateTime? LeaseUntil { get; set; }

    /// <summary>Grows at each claim; an effect is written only together with a finish under the same fence.</summary>
    public long Fence { get; set; }
    public string? ReasonCode { get; set; }
    public string? ReasonDetail { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime ChangedAt { get; set; }
}

/// <summary>Kinds of work in flow order.</summary>
public static class WorkKinds
{
    /// <summary>Whose image it is: compares versions of one image, follows rejection notes, answers confirmations.</summary>
    public const string Identity = "identity";
    public const string Score = "score";
    public const string Flag = "flag";
    public const string Study = "study";

    /// <summary>Makes the heat maps of a flagged result, then its report.</summary>
    public const string Explain = "explain";
    public const string Report = "report";
    public const string Deliver = "deliver";

    /// <summary>Has a PACS promise that it keeps a delivery.</summary>
    public const string Commit = "commit";

    /// <summary>A rise of a study's priority is told to the information system.</summary>
    public const string Notify = "notify";

    /// <summary>Goes through the studies that a recalled package touched.</summary>
    public const string Recall = "recall";

    /// <summary>Looks whether a peer answers, because a person asked.</summary>
    public const string Look = "look";
    public static readonly IReadOnlyList<string> All = [Identity, Score, Flag, Study, Explain, Report, Deliver, Commit, Notify, Recall, Look];
}

/// <summary>States of work.</summary>
public static class WorkStates
{
    public const string Ready = "ready";
    public const string Leased = "leased";
    public const string Done = "done";

    /// <summary>Needs a person; <c>work retry</c> puts it back.</summary>
    public const string Parked = "parked";
    public const string Cancelled = "cancelled";
}

/// <summary>A wake-up that still has to be handed to the bus; written together with its work row.</summary>
public sealed class OutboxRow
{
    public Guid Id { get; set; }
    public Guid WorkId { get; set; }
    public required string Kind { get; set; }
    public short Tier { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime? SentAt { get; set; }
    public DateTime NotBefore { get; set; }
    public int Attempts { get; set; }
}
