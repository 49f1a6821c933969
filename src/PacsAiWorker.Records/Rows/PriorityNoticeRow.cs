namespace PacsAiWorker.Records.Rows;

/// <summary>One rise of a study's priority and what the information system was told of it, or why it was told nothing.</summary>
public sealed class PriorityNoticeRow
{
    public Guid Id { get; set; }
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }

    /// <summary>Revision of the study at the rise.</summary>
    public int Revision { get; set; }

    /// <summary><see cref="NoticeChannels"/>.</summary>
    public string Channel { get; set; } = NoticeChannels.Hl7;

    /// <summary>TP1 to TP3; one row a study, channel and priority.</summary>
    public required string Priority { get; set; }

    /// <summary><see cref="NoticeStates"/>.</summary>
    public required string State { get; set; }

    /// <summary>Why nothing was sent: a word for machines, and a sentence for people. Empty for what goes out.</summary>
    public string ReasonCode { get; set; } = "";
    public string Reason { get; set; } = "";

    /// <summary>Priority letter of the message (S, A, T, R); empty while none was written.</summary>
    public string Letter { get; set; } = "";

    /// <summary>Priority of the order as it was known, in the words of (0040,1003); empty: unknown.</summary>
    public string ExistingPriority { get; set; } = "";

    /// <summary>MSH-10, or the SOP Instance UID of the work item: the same at every attempt.</summary>
    public string? ControlId { get; set; }

    /// <summary>The message without its frame, written before it first leaves: every attempt sends these bytes.</summary>
    public byte[]? Message { get; set; }
    public int Attempts { get; set; }

    /// <summary>How often the receiver refused the message as it is (AR).</summary>
    public int Refusals { get; set; }

    /// <summary>The last answer, or what happened instead of one.</summary>
    public string Answer { get; set; } = "";
    public DateTime CreatedAt { get; set; }
    public DateTime ChangedAt { get; set; }

    /// <summary>When it was first tried.</summary>
    public DateTime? SentAt { get; set; }
    public DateTime? AcknowledgedAt { get; set; }
}

/// <summary>States of a notice.</summary>
public static class NoticeStates
{
    /// <summary>Written, and on its way until the receiver takes it.</summary>
    public const string Pending = "pending";

    /// <summary>The receiver took it (AA).</summary>
    public const string Acknowledged = "acknowledged";

    /// <summary>A rule keeps it here; the reason says which.</summary>
    public const string Silent = "silent";

    /// <summary>The receiver refused it for good: a person has to look.</summary>
    public const string Refused = "refused";
}

/// <summary>How a rise is told.</summary>
public static class NoticeChannels
{
    /// <summary>ORU^R01 over MLLP.</summary>
    public const string Hl7 = "hl7";

    /// <summary>A Unified Procedure Step.</summary>
    public const string Ups = "ups";

    public static readonly IReadOnlyList<string> All = [Hl7, Ups];

    private const string OfUps = ":ups:";

    /// <summary>For people.</summary>
    public static string InWords(string channel) => channel == Ups ? "work items (UPS)" : "HL7";

    /// <summary>The work that tells it, <c>STUDY:TPx</c> or <c>STUDY:ups:TPx</c>.</summary>
    public static string KeyOf(Guid study, string channel, string priority) => channel == Hl7 ? $"{study}:{priority}" : $"{study}:{channel}:{priority}";

    /// <summary>The channel of such work.</summary>
    public static string Of(string dedupeKey) => dedupeKey.Contains(OfUps, StringComparison.Ordinal) ? Ups : Hl7;
}
