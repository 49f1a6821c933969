namespace PacsAiWorker.Records.Rows;

/// <summary>
/// What one question to one PACS, whether it keeps what it stored (PS3.4 annex J), means for one delivery: a question is about as many
/// deliveries as have its transaction. That is told to this PACS alone.
/// </summary>
public sealed class CommitmentRequestRow
{
    public required string TransactionUid { get; set; }
    public Guid DeliveryId { get; set; }
    public DeliveryRow? Delivery { get; set; }

    /// <summary><see cref="CommitmentRequestStates"/>.</summary>
    public required string State { get; set; }

    public DateTime CreatedAt { get; set; }

    /// <summary>When it was first about to be put: from then on it is about these deliveries and no others. Null before.</summary>
    public DateTime? PutAt { get; set; }

    /// <summary>When the PACS took the question; null while it is not asked.</summary>
    public DateTime? AskedAt { get; set; }

    /// <summary>When its report came, or its refusal.</summary>
    public DateTime? AnsweredAt { get; set; }
    public string? Detail { get; set; }
}

/// <summary>States of a question.</summary>
public static class CommitmentRequestStates
{
    public const string New = "new";
    public const string Asked = "asked";
    public const string Committed = "committed";

    /// <summary>The PACS reports that it does not keep all of them.</summary>
    public const string Failed = "failed";

    /// <summary>No report came in time, and another question was asked. A report that comes nevertheless still counts.</summary>
    public const string Expired = "expired";

    /// <summary>The PACS does not take the question.</summary>
    public const string Refused = "refused";
}
