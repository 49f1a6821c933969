namespace PacsAiWorker.Records.Rows;

/// <summary>An object that a report names and that must stand in the PACS before it.</summary>
public sealed class ReportCompanionRow
{
    public Guid Id { get; set; }
    public Guid ReportId { get; set; }

    /// <summary>Order of sending, from 0.</summary>
    public int Position { get; set; }
    public required string SopClassUid { get; set; }
    public required string SopInstanceUid { get; set; }
    public required string SeriesInstanceUid { get; set; }

    /// <summary>Part 10 file.</summary>
    public required byte[] Content { get; set; }
    public required string Sha256 { get; set; }
}
