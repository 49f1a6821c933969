namespace PacsAiWorker.Records.Rows;

/// <summary>One step, for ever. Subjects are our own keys: identity lives in <see cref="PatientIdentityRow"/> only.</summary>
public sealed class AuditRow
{
    public long Seq { get; set; }
    public DateTime At { get; set; }

    /// <summary>Who: <c>worker</c>, or the operating-system account that ran a command.</summary>
    public required string Actor { get; set; }
    public required string Action { get; set; }

    /// <summary><c>kind:key</c>, for example <c>instance:6a0e…</c>.</summary>
    public required string Subject { get; set; }

    /// <summary>Key of the study the subject belongs to; null for system events.</summary>
    public Guid? StudyId { get; set; }

    /// <summary>JSON object; its exact text is part of the chain.</summary>
    public required string Detail { get; set; }
    public required byte[] Prev { get; set; }
    public required byte[] Hash { get; set; }
}

/// <summary>End of the audit chain: one row, locked by whoever appends.</summary>
public sealed class AuditHeadRow
{
    public int One { get; set; } = 1;
    public long Seq { get; set; }
    public required byte[] Hash { get; set; }
}
