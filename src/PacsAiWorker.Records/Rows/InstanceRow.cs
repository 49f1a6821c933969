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

    /// <summary>Whether it is in use; <see cref="SetAside"/> says why not.</summary>
    public bool IsCurrent { get; set; } = true;

    /// <summary>Why it is not in use, <see cref="SetAsides"/>; null while it is.</summary>
    public string? SetAside { get; set; }

    /// <summary>Lower-case hex SHA-256 over the value of Pixel Data as stored, of encapsulated pixels over the fragments; null while nobody looked, or without pixels.</summary>
    public string? PixelDigest { get; set; }

    /// <summary>The image in use whose pixels it has under another UID; null where it is no copy.</summary>
    public Guid? CopyOf { get; set; }

    /// <summary>L, R or B as its header says; empty where that says nothing, or contradicts itself.</summary>
    public string Laterality { get; set; } = "";

    /// <summary>When it was made, as its header says and in the time of its cart: YYYYMMDD, or YYYYMMDDHHMMSS; empty where that says nothing.</summary>
    public string Acquired { get; set; } = "";

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

    /// <summary>Its pixels were scored under another SOP Instance UID.</summary>
    public const string Copy = "copy";

    /// <summary>A rejection note named it before it was scored.</summary>
    public const string Rejected = "rejected";
}

/// <summary>Why an instance is not in use.</summary>
public static class SetAsides
{
    /// <summary>Same SOP Instance UID as another one, other bytes: its pixels are not compared yet.</summary>
    public const string Unclear = "unclear";

    /// <summary>Same SOP Instance UID and pixels, other header: awaits a person or the information system.</summary>
    public const string Correction = "correction";

    /// <summary>Same SOP Instance UID, other pixels: the first stays in use, a person has to look.</summary>
    public const string Conflict = "conflict";

    /// <summary>A person kept the first one.</summary>
    public const string Declined = "declined";

    /// <summary>A confirmed correction has taken its place.</summary>
    public const string Replaced = "replaced";

    /// <summary>Pixels of another image in use, under another SOP Instance UID.</summary>
    public const string Copy = "copy";

    /// <summary>A rejection note names it.</summary>
    public const string Rejected = "rejected";
}
