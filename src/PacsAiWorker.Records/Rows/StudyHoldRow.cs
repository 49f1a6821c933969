namespace PacsAiWorker.Records.Rows;

/// <summary>Who the patient of a study is is in doubt: its results stay here until somebody says.</summary>
public sealed class StudyHoldRow
{
    public Guid Id { get; set; }
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }

    /// <summary><see cref="HoldReasons"/>.</summary>
    public required string Reason { get; set; }

    /// <summary>The one destination that it holds for; empty: for all, and for messages.</summary>
    public string Destination { get; set; } = "";
    public DateTime Since { get; set; }

    /// <summary>Null while it holds.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary><see cref="HoldEnds"/>; empty while it holds.</summary>
    public string EndedBy { get; set; } = "";

    /// <summary>For people.</summary>
    public string Text => HoldReasons.Text(Reason, Destination);
}

/// <summary>Why results are held.</summary>
public static class HoldReasons
{
    public const string Correction = "correction";
    public const string Coerced = "coerced";

    /// <summary>One sentence for people.</summary>
    public static string Text(string reason, string destination) => reason == Coerced
        ? $"{destination} changed the identity (B000): further reports of this study to it wait"
        : "a correction awaits confirmation: nothing leaves";
}

/// <summary>How a hold ended.</summary>
public static class HoldEnds
{
    /// <summary>A person confirmed.</summary>
    public const string Confirmed = "confirmed";

    /// <summary>The information system said who the patient is.</summary>
    public const string Reconciled = "reconciled";

    /// <summary>The pixels differ: it was no correction.</summary>
    public const string NotOne = "no correction";
}
