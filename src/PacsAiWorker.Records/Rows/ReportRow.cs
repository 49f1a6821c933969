namespace PacsAiWorker.Records.Rows;

/// <summary>A Structured Report as it is sent: a repeat sends these bytes. A result has one for each form that a PACS wanted.</summary>
public sealed class ReportRow
{
    public Guid Id { get; set; }
    public Guid ResultId { get; set; }
    public ResultRow? Result { get; set; }
    public required string SopClassUid { get; set; }

    /// <summary>Its result has heat maps, and it names none: for a PACS that does not take them.</summary>
    public bool WithoutMaps { get; set; }
    public required string SopInstanceUid { get; set; }
    public required string SeriesInstanceUid { get; set; }

    /// <summary>Part 10 file, Explicit VR Little Endian.</summary>
    public required byte[] Content { get; set; }
    public required string Sha256 { get; set; }
    public DateTime CreatedAt { get; set; }

    /// <summary>What must be stored before it, in order.</summary>
    public List<ReportCompanionRow> Companions { get; set; } = [];
}
