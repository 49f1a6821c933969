namespace PacsAiWorker.Records.Rows;

/// <summary>Where in a frame a result's flag comes from: a picture for review, never for diagnosis.</summary>
public sealed class HeatMapRow
{
    public Guid Id { get; set; }
    public Guid ResultId { get; set; }
    public ResultRow? Result { get; set; }
    public Guid InstanceId { get; set; }
    public InstanceRow? Instance { get; set; }

    /// <summary>0 for a single-frame object, else from 1.</summary>
    public int Frame { get; set; }

    /// <summary>The class that is explained.</summary>
    public required string ClassId { get; set; }

    /// <summary>How it was made, in words.</summary>
    public required string Method { get; set; }

    /// <summary>PNG, red green blue, of the scan area alone: nothing from outside it, no text.</summary>
    public required byte[] Picture { get; set; }
    public DateTime CreatedAt { get; set; }
}
