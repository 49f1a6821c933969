namespace PacsAiWorker.Records.Rows;

/// <summary>How far the rows have followed a segment of the spool.</summary>
public sealed class SpoolSegmentRow
{
    public Guid Id { get; set; }

    /// <summary>Every record before this position has its row.</summary>
    public long RecordedBytes { get; set; }
    public DateTime ChangedAt { get; set; }
}
