namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Can an instance be kept right now? Set by those who tried, read before an association is accepted and by /health/ready.</summary>
public sealed class StorageHealth
{
    private volatile string? _fault;
    private volatile string? _journalDown;

    /// <summary>A sync failed: final until a person has looked and the worker was restarted.</summary>
    public string? Fault => _fault;

    /// <summary>The database is away; passes by itself.</summary>
    public string? JournalDown
    {
        get => _journalDown;
        set => _journalDown = value;
    }

    public string? Problem => Fault ?? JournalDown;

    public void Break(string reason) => _fault ??= reason;
}
