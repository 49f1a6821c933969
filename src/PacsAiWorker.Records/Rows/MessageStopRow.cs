namespace PacsAiWorker.Records.Rows;

/// <summary>A person stopped all messages about priority. It holds on every worker until it is ended.</summary>
public sealed class MessageStopRow
{
    public Guid Id { get; set; }
    public DateTime Since { get; set; }
    public required string Why { get; set; }
    public required string Actor { get; set; }
    public DateTime? EndedAt { get; set; }
}
