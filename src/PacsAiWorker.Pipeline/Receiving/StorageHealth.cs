using System.Collections.Concurrent;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Rows do not follow the log at the moment: nothing is lost and nothing refused, but nothing new is scored either.</summary>
/// <param name="Since">UTC.</param>
/// <param name="Error">Type of what went wrong.</param>
public sealed record RowsWait(DateTime Since, string Error);

/// <summary>Can an instance be kept right now? Set by those who tried, read before an association is accepted and by <c>/health/ready</c>.</summary>
public sealed class StorageHealth
{
    private readonly ConcurrentDictionary<Guid, string> _damaged = [];
    private volatile string? _fault;
    private volatile RowsWait? _rowsWait;

    /// <summary>A sync failed: final until a person has looked and the worker was restarted.</summary>
    public string? Fault => _fault;

    /// <summary>The database is away; passes by itself, and carts do not notice.</summary>
    public RowsWait? RowsWait
    {
        get => _rowsWait;
        set => _rowsWait = value;
    }

    /// <summary>Segments that cannot be read, with the reason.</summary>
    public IReadOnlyDictionary<Guid, string> DamagedSegments => _damaged;

    public void Break(string reason) => _fault ??= reason;

    internal void Damaged(Guid segment, string reason) => _damaged.TryAdd(segment, reason);
}
