namespace PacsAiWorker.Records.Rows;

/// <summary>One received instance, as the spool holds it: the row follows from there and can be written again from there.</summary>
public sealed class InstanceRow
{
    /// <summary>Made by us on arrival; the spool knows the instance by it too.</summary>
    public Guid Id { get; set; }
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }

    public required string SopInstanceUid { get; set; }
    public required string SopClassUid { get; set; }
    public required string SeriesInstanceUid { get; set; }
    public required string TransferSyntaxUid { get; set; }

    /// <summary>Lower-case hex SHA-256 over the data set's bytes as they came, without the file meta group.</summary>
    public required string Digest { get; set; }

    /// <summary>Size of the data set in bytes.</summary>
    public long DataSetBytes { get; set; }

    /// <summary>Its place in the spool, <c>SEGMENT:OFFSET:LENGTH</c>.</summary>
    public required string File { get; set; }

    /// <summary>The segment of <see cref="File"/>.</summary>
    public Guid? Segment { get; set; }

    /// <summary>When its bytes left the spool, by retention or erasure; null while they are there.</summary>
    public DateTime? PurgedAt { get; set; }

    public required string CallingAe { get; set; }
    public required string CalledAe { get; set; }

    /// <summary>How it came: <c>cstore</c>.</summary>
    public required string Source { get; set; }

    /// <summary>When its last byte came.</summary>
    public DateTime ReceivedAt { get; set; }

    public int? InstanceNumber { get; set; }
    public string? Modality { get; set; }
    public string? Manufacturer { get; set; }
    public string? ManufacturerModel { get; set; }

    /// <summary>Digests of patient id, issuer, birth date, sex and accession, empty where the image is silent; erased with the identity.</summary>
    public required string IdentityDigest { get; set; }

    /// <summary>False when the same SOP Instance UID came before with other content: the first stays in use.</summary>
    public bool IsCurrent { get; set; } = true;

    /// <summary>How often the same content came again.</summary>
    public int Duplicates { get; set; }

    /// <summary><see cref="Outcomes"/>; null while none is known. Exactly one final outcome per instance.</summary>
    public string? Outcome { get; set; }
    public string? OutcomeReason { get; set; }
    public string? OutcomeDetail { get; set; }
    public DateTime? OutcomeAt { get; set; }

    /// <summary>Why packages that would have scored it were withheld by a person, a line each; empty where none was.</summary>
    public string Withheld { get; set; } = "";

    /// <summary>Identities of the packages that would have taken it, had it been usable, a line each; empty where it was scored or nobody would.</summary>
    public string MeantFor { get; set; } = "";

    /// <summary>The lines of <see cref="MeantFor"/>.</summary>
    public IEnumerable<string> MeantForEach => MeantFor.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Pixel geometry, filled when the instance was looked at; pixels, pixels, count.</summary>
    public int? Rows { get; set; }
    public int? Columns { get; set; }
    public int? Frames { get; set; }
}

/// <summary>Final outcomes of an instance.</summary>
public static class Outcomes
{
    public const string Scored = "scored";
    public const string NotScored = "not scored";
}
