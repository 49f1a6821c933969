namespace PacsAiWorker.Records.Rows;

/// <summary>What a reader says of a result. Never changed: who thinks otherwise later adds a row, and the last one of a person counts.</summary>
public sealed class FeedbackRow
{
    /// <summary>Chosen by who sends it: sent twice, it is there once.</summary>
    public Guid Id { get; set; }
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }
    public Guid ResultId { get; set; }
    public ResultRow? Result { get; set; }

    /// <summary><see cref="FeedbackVerdicts"/>.</summary>
    public required string Verdict { get; set; }

    /// <summary>The class that is right, in the reader's opinion; empty where none was named.</summary>
    public string Label { get; set; } = "";
    public string Reason { get; set; } = "";

    /// <summary><c>page</c>, <c>api</c> or <c>csv</c>.</summary>
    public required string Source { get; set; }
    public required string Actor { get; set; }
    public DateTime At { get; set; }

    /// <summary>When this reader first opened a result of the study; null when the answer came without.</summary>
    public DateTime? OpenedAt { get; set; }
}

/// <summary>What a reader can say of a result.</summary>
public static class FeedbackVerdicts
{
    public const string Accept = "accept";
    public const string Reject = "reject";

    /// <summary>Another class is right: the label names it.</summary>
    public const string Correct = "correct";

    /// <summary>The final diagnosis, from the report or the pathologist: the label names the class. The reference of quality figures, no reader's answer.</summary>
    public const string Final = "final";

    /// <summary>What a reader says on a page.</summary>
    public static readonly IReadOnlyList<string> OfReaders = [Accept, Reject, Correct];

    public static readonly IReadOnlyList<string> All = [.. OfReaders, Final];
}

/// <summary>When somebody first saw what the models said of a study, under one revision.</summary>
public sealed class StudyOpenedRow
{
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }
    public required string Account { get; set; }
    public int Revision { get; set; }
    public DateTime At { get; set; }
}
