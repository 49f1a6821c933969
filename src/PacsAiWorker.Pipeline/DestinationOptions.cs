namespace PacsAiWorker.Pipeline;

/// <summary>One PACS, <c>Dicom:Destinations:N</c>.</summary>
public sealed record DestinationOptions
{
    /// <summary>Name in records and pages; deliveries are bound to it.</summary>
    public string Name { get; init; } = "";

    public string AeTitle { get; init; } = "";

    public string Host { get; init; } = "";

    public int Port { get; init; } = 104;
}
