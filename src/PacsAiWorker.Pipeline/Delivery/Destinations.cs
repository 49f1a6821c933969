namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Our AE title and the PACS that get reports.</summary>
public sealed record Destinations(string CallingAe, IReadOnlyList<DestinationOptions> All)
{
    /// <summary>Null when it is no longer configured.</summary>
    public DestinationOptions? Find(string name) => All.FirstOrDefault(d => d.Name == name);
}
