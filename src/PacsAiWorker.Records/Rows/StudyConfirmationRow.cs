namespace PacsAiWorker.Records.Rows;

/// <summary>What a person says about a study whose identity is in doubt; the pipeline answers it.</summary>
public sealed class StudyConfirmationRow
{
    public Guid Id { get; set; }
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }

    /// <summary><see cref="Takes"/>.</summary>
    public required string Take { get; set; }
    public required string Why { get; set; }
    public required string Actor { get; set; }
    public DateTime AskedAt { get; set; }
    public DateTime? AnsweredAt { get; set; }

    /// <summary>What was done, in words; empty until it is.</summary>
    public string Answer { get; set; } = "";
}

/// <summary>Which version of an image a person wants.</summary>
public static class Takes
{
    public const string New = "new";
    public const string First = "first";

    /// <summary>There are no versions to choose from.</summary>
    public const string None = "";
}
