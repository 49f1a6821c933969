namespace PacsAiWorker.Native.Processes;

/// <summary>
/// The stages between two steps of the line at which a test may end the process. Each stands at exactly one place in the program.
/// </summary>
public static class KillPoints
{
    /// <summary>An image has come whole; nothing of it is in the log yet.</summary>
    public const string RecordBegun = "record-begun";

    /// <summary>Its record is written, not synced.</summary>
    public const string RecordWritten = "record-written";

    /// <summary>Its record is synced, the sender has no answer yet.</summary>
    public const string RecordSynced = "record-synced";

    /// <summary>Rows of acknowledged images are written, not committed.</summary>
    public const string RowsBegun = "rows-begun";

    /// <summary>The rows are committed; nobody was told.</summary>
    public const string RowsCommitted = "rows-committed";

    /// <summary>A wake-up was taken from the outbox.</summary>
    public const string WakeUpClaimed = "wake-up-claimed";

    /// <summary>The bus has the wake-up, the outbox does not say so yet.</summary>
    public const string WakeUpPublished = "wake-up-published";

    /// <summary>Work is leased, not begun.</summary>
    public const string WorkClaimed = "work-claimed";

    /// <summary>The picture of an image is decoded.</summary>
    public const string Decoded = "decoded";

    /// <summary>Scores are written, not committed.</summary>
    public const string Scored = "scored";

    public const string ScoreCommitted = "score-committed";

    /// <summary>The verdict on a study is written, not committed.</summary>
    public const string StudyDecided = "study-decided";

    public const string StudyCommitted = "study-committed";

    /// <summary>A report exists in memory alone.</summary>
    public const string ReportBuilt = "report-built";

    public const string ReportCommitted = "report-committed";

    /// <summary>Connected to the PACS, the report not sent.</summary>
    public const string SendBegun = "send-begun";

    /// <summary>The PACS has answered, the row does not say so yet.</summary>
    public const string SendAnswered = "send-answered";

    public const string DeliveryCommitted = "delivery-committed";

    /// <summary>All of them, in the order in which an image passes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        RecordBegun, RecordWritten, RecordSynced, RowsBegun, RowsCommitted, WakeUpClaimed, WakeUpPublished, WorkClaimed, Decoded, Scored,
        ScoreCommitted, StudyDecided, StudyCommitted, ReportBuilt, ReportCommitted, SendBegun, SendAnswered, DeliveryCommitted,
    ];
}
