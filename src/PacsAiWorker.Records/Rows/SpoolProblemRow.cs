namespace PacsAiWorker.Records.Rows;

/// <summary>A record of the spool that has no instance row, and why: it is looked at by a person, never passed over in silence.</summary>
public sealed class SpoolProblemRow
{
    /// <summary><c>SEGMENT:OFFSET:LENGTH</c>.</summary>
    public required string Location { get; set; }
    public required string Reason { get; set; }
    public DateTime At { get; set; }
}
