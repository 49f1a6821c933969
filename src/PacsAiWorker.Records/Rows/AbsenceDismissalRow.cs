namespace PacsAiWorker.Records.Rows;

/// <summary>A person has looked at something absent and says that it will not come.</summary>
public sealed class AbsenceDismissalRow
{
    /// <summary>Subject of the line, as <c>status</c> prints it.</summary>
    public required string Subject { get; set; }
    public required string Why { get; set; }
    public required string Actor { get; set; }
    public DateTime At { get; set; }
}
