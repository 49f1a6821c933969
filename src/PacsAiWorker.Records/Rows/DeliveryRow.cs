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

    /// <summary>Storage commitment is not asked for in this version.</summary>
    public string Commitment { get; set; } = "not asked";
}

/// <summary>States of a delivery.</summary>
public static class DeliveryStates
{
    public const string Pending = "pending";
    public const string Stored = "stored";

    /// <summary>The PACS refused for good: a person has to look.</summary>
    public const string Refused = "refused";

    /// <summary>A safety rule keeps it here (demonstration results and a destination that is not loopback).</summary>
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
