namespace PacsAiWorker.Records.Rows;

/// <summary>One report on its way to one destination.</summary>
public sealed class DeliveryRow
{
    public Guid Id { get; set; }
    public Guid ReportId { get; set; }
    public ReportRow? Report { get; set; }
    public required string Destination { get; set; }
    public required string State { get; set; }

    /// <summary>Last DIMSE status of the PACS; null while it never answered.</summary>
    public int? Status { get; set; }
    public string? Detail { get; set; }
    public int Attempts { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime? StoredAt { get; set; }

    /// <summary><see cref="CommitmentStates"/>.</summary>
    public string Commitment { get; set; } = CommitmentStates.NotAsked;

    /// <summary>When the PACS promised to keep it; null while it has not.</summary>
    public DateTime? CommittedAt { get; set; }

    /// <summary>How often it was stored again because the PACS did not keep it.</summary>
    public int Restores { get; set; }
}

/// <summary>How a delivery stands to storage commitment (PS3.4 annex J).</summary>
public static class CommitmentStates
{
    /// <summary>The destination does not offer it, or nothing is stored yet.</summary>
    public const string NotAsked = "not asked";

    /// <summary>Stored, the question goes out next.</summary>
    public const string Due = "due";

    /// <summary>The PACS has the question and owes its report.</summary>
    public const string Asked = "asked";

    public const string Committed = "committed";

    /// <summary>No promise: the destination offers none, and was asked by a query whether it has it.</summary>
    public const string Found = "found by query";

    /// <summary>The PACS does not keep it: it is stored again, or waits for a person.</summary>
    public const string Failed = "failed";

    /// <summary>A person declared the destination dead; or the patient was reconciled, and another report takes its place.</summary>
    public const string GivenUp = "given up";

    public static readonly IReadOnlyList<string> All = [NotAsked, Due, Asked, Committed, Found, Failed, GivenUp];

    /// <summary>States of a delivery that was proven to be where it should.</summary>
    public static readonly IReadOnlyList<string> Proven = [Committed, Found];

    /// <summary>States in which a PACS that stored still owes its promise.</summary>
    public static readonly IReadOnlyList<string> Owed = [Due, Asked, Failed];
}

/// <summary>States of a delivery.</summary>
public static class DeliveryStates
{
    public const string Pending = "pending";
    public const string Stored = "stored";

    /// <summary>The PACS refused for good: a person has to look.</summary>
    public const string Refused = "refused";

    /// <summary>A safety rule keeps it here: a demonstration result and a destination that is not loopback; or who the patient is has changed since it was written.</summary>
    public const string Withheld = "withheld";

    /// <summary>A person declared the destination dead: nobody waits for it any more.</summary>
    public const string Retired = "retired";
}

/// <summary>Each answer of a PACS, or what happened instead of one.</summary>
public sealed class DeliveryAttemptRow
{
    public Guid Id { get; set; }
    public Guid DeliveryId { get; set; }
    public DeliveryRow? Delivery { get; set; }
    public DateTime At { get; set; }
    public int? Status { get; set; }
    public required string Detail { get; set; }
}
