using System.Collections.Concurrent;
using PacsAiWorker.Native.Files;

namespace PacsAiWorker.Spool;

/// <summary>Sizes of the log.</summary>
/// <param name="SegmentBytes">A segment that has reached this size is full; a record may go beyond.</param>
/// <param name="Spares">Files of that size that are kept prepared, 0 for none.</param>
/// <param name="HoldBytes">Bytes of a transfer that are held in memory before it gets a lane.</param>
public sealed record SpoolSizes(long SegmentBytes, int Spares, int HoldBytes = 64 * 1024);

/// <summary>One segment's file and how much of it may be read as records.</summary>
/// <param name="Id">Segment id.</param>
/// <param name="Path">Its file.</param>
/// <param name="Durable">Bytes known to be on the disk; null for a segment that nobody writes and whose end its reader must find.</param>
public sealed record SegmentState(Guid Id, string Path, long? Durable)
{
    /// <summary>A lane has it open: more may come.</summary>
    public bool IsWritten { get; init; }
}

/// <summary>
/// Received files in an append-only log: segments that are written by one lane each, in order, and synced before anything in them is
/// acknowledged. A start appends to new segments only, so it needs to read nothing.
/// </summary>
public sealed class SpoolLog : IDisposable
{
    /// <summary>Lanes beyond these close their segment when they are given back.</summary>
    private const int MostIdleLanes = 8;

    private readonly Lock _gate = new();
    private readonly Stack<Lane> _idle = [];

    // Of this life: written now, or closed and therefore known to its end.
    private readonly ConcurrentDictionary<Guid, Segment> _written = [];
    private readonly ConcurrentDictionary<Guid, long> _closed = [];
    private readonly HashSet<Guid> _earlier;
    private readonly SemaphoreSlim _signal = new(0);
    private readonly SpareSegments _spares;
    private readonly int _holdBytes;
    private bool _stopped;

    /// <summary>Opens the log in a folder, which is made if it is missing.</summary>
    /// <exception cref="IOException">The folder cannot be made, or the disk failed.</exception>
    public SpoolLog(string folder, SpoolSizes sizes)
    {
        Root = Path.GetFullPath(folder);
        (SegmentBytes, _holdBytes) = (sizes.SegmentBytes, sizes.HoldBytes);
        Directory.CreateDirectory(Root);
        Durable.SyncDirectory(Path.GetDirectoryName(Root)!);
        _earlier = [.. List(Root).Select(s => s.Id)];
        _spares = new SpareSegments(Root, sizes);
    }

    public string Root { get; }

    public long SegmentBytes { get; }

    /// <summary>A lane that nobody else has; the busiest segments first, so that few are open.</summary>
    /// <exception cref="ObjectDisposedException">The log is closed.</exception>
    public Lane Lease()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            return _idle.TryPop(out var lane) ? lane : new Lane(this);
        }
    }

    /// <summary>Begins a record. It gets its lane when its first bytes are written, or when it is sealed.</summary>
    /// <param name="lane">Gives the lane.</param>
    /// <param name="prefix">The bytes of the file before its data set.</param>
    public RecordWriter Begin(Func<Lane> lane, Guid id, ReadOnlySpan<byte> prefix) => new(lane, id, prefix, _holdBytes);

    /// <summary>Every segment there is, oldest first.</summary>
    public IReadOnlyList<SegmentState> Segments() =>
    [
        // A file of this life that is not known yet is just being made.
        .. List(Root).Select(s => s with { IsWritten = _written.ContainsKey(s.Id), Durable = DurableOf(s.Id) }).Where(s => s.Durable is not null || _earlier.Contains(s.Id)),
    ];

    /// <summary>The segments in a folder that somebody else may be writing, oldest first; how much of them is durable is not known here.</summary>
    public static IReadOnlyList<SegmentState> List(string root) =>
    [
        .. Directory.EnumerateFiles(root, "*" + SegmentFile.Extension).Order(StringComparer.Ordinal)
            .Select(path => (Path: path, Id: SegmentFile.IdOf(path))).Where(s => s.Id is not null)
            .Select(s => new SegmentState(s.Id!.Value, s.Path, null)),
    ];

    /// <summary>Waits until a record became durable, or for the time given.</summary>
    public Task<bool> WaitAsync(TimeSpan most, CancellationToken cancellation) => _signal.WaitAsync(most, cancellation);

    /// <summary>
    /// Finds the end of a segment of an earlier life, gives back what was prepared behind it, and takes out what a power cut tore:
    /// records that were written and not yet on the disk, so never acknowledged.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">The file does not begin as its segment does.</exception>
    public Recovered Settle(SegmentState segment)
    {
        var recovered = SegmentRecovery.Run(segment);
        _closed[segment.Id] = recovered.End;
        return recovered;
    }

    /// <summary>
    /// Takes one file's bytes off the disk for ever, in its place: the head stays and says so. A patient's right, never the way to make room.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no record at this place.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static void Erase(string root, SpoolLocation location) => SegmentRecovery.Erase(PathOf(root, location.Segment), location);

    /// <summary>Deletes a segment with all that is in it.</summary>
    /// <exception cref="InvalidOperationException">It is being written.</exception>
    public void Drop(Guid id)
    {
        if (_written.ContainsKey(id))
        {
            throw new InvalidOperationException($"segment {id:N} is being written and cannot be dropped");
        }

        File.Delete(PathOf(id));
        Durable.SyncDirectory(Root);
        _closed.TryRemove(id, out _);
    }

    /// <summary>File of a segment.</summary>
    public string PathOf(Guid id) => PathOf(Root, id);

    /// <summary>File of a segment in the log's folder.</summary>
    public static string PathOf(string root, Guid id) => SegmentFile.PathOf(root, id);

    /// <summary>Closes segments that are open and not in use, so that they can grow old; the next transfers begin new ones.</summary>
    public void CloseIdle()
    {
        lock (_gate)
        {
            while (_idle.TryPop(out var lane))
            {
                Close(lane);
            }
        }
    }

    /// <summary>Closes what nobody writes; lanes that are out close when they come back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
        }

        CloseIdle();

        _spares.Dispose();
    }

    internal Segment NewSegment()
    {
        var segment = Segment.Create(Root, _spares.Take());
        _written[segment.Id] = segment;
        return segment;
    }

    /// <summary>A full segment, synced: nobody writes it any more.</summary>
    internal void Retire(Segment segment)
    {
        segment.Close();
        _closed[segment.Id] = segment.Durable;
        _written.TryRemove(segment.Id, out _);
    }

    internal void Signal()
    {
        if (_signal.CurrentCount == 0)
        {
            _signal.Release();
        }
    }

    internal void Return(Lane lane)
    {
        lock (_gate)
        {
            if (_stopped || _idle.Count >= MostIdleLanes)
            {
                Close(lane);
            }
            else
            {
                _idle.Push(lane);
            }
        }
    }

    private long? DurableOf(Guid id) =>
        _written.TryGetValue(id, out var segment) ? segment.Durable
        : _closed.TryGetValue(id, out var end) ? end
        : null;

    private void Close(Lane lane)
    {
        if (lane.Segment is { } segment)
        {
            Retire(segment);
        }
    }
}
