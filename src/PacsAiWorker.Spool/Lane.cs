namespace PacsAiWorker.Spool;

/// <summary>
/// A place to append that one association has for itself, from its first unsynced byte to the sync: transfers side by side neither
/// mix their bytes nor wait for each other's. Disposing gives it back to the log.
/// </summary>
public sealed class Lane : IDisposable
{
    private readonly SpoolLog _log;

    internal Lane(SpoolLog log) => _log = log;

    internal Segment? Segment { get; private set; }

    /// <summary>Begins a record in this lane.</summary>
    public RecordWriter Begin(Guid id, ReadOnlySpan<byte> prefix) => _log.Begin(() => this, id, prefix);

    /// <summary>The lane's segment, or a new one when that is full.</summary>
    /// <exception cref="IOException">No room, or the disk failed.</exception>
    internal Segment Ready()
    {
        if (Segment is { } full && full.End >= _log.SegmentBytes)
        {
            full.Sync();
            _log.Retire(full);
            Segment = null;
        }

        return Segment ??= _log.NewSegment();
    }

    /// <summary>Waits until every sealed record of this lane is on the disk, then tells whoever follows the log.</summary>
    /// <exception cref="IOException">The disk failed: none of the records since the last sync may be acknowledged, and nothing more may be written.</exception>
    public void Sync()
    {
        if (Segment is { } segment)
        {
            segment.Sync();
            _log.Signal();
        }
    }

    /// <summary>Gives the lane back for the next association.</summary>
    public void Dispose() => _log.Return(this);
}
