namespace PacsAiWorker.Spool;

/// <summary>
/// One file on its way into the log. Its first bytes are held in memory, so that a peer that begins and then drips takes neither a lane nor
/// room on the disk. What is not sealed never was: the next record takes its place.
/// </summary>
public sealed class RecordWriter
{
    /// <summary>The disk is set to work while more is still coming, this many bytes at a time.</summary>
    private const int StartBytes = 512 * 1024;

    private readonly Func<Lane> _lane;
    private readonly Guid _id;
    private readonly int _prefixLength;
    private readonly int _mostHeld;
    private Checksum _checksum = new();
    private byte[] _held;
    private int _heldLength;
    private Segment? _segment;
    private long _position;
    private long _started;

    /// <param name="lane">Gives the lane when the first byte is to be written.</param>
    /// <param name="prefix">The bytes of the file before its data set.</param>
    /// <param name="holdBytes">Most bytes that are held.</param>
    internal RecordWriter(Func<Lane> lane, Guid id, ReadOnlySpan<byte> prefix, int holdBytes)
    {
        (_lane, _id, _prefixLength) = (lane, id, prefix.Length);
        _held = new byte[prefix.Length];
        prefix.CopyTo(_held);
        _heldLength = prefix.Length;
        _checksum.Append(prefix);
        Length = prefix.Length;
        _mostHeld = Math.Max(holdBytes, prefix.Length);
    }

    /// <summary>Bytes of the file so far.</summary>
    public long Length { get; private set; }

    /// <summary>The next bytes of the data set: one gathered write, without a copy between the caller's buffer and the page cache.</summary>
    /// <exception cref="IOException">No room, or the disk failed.</exception>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
        var at = Length;
        for (var i = 0; i < slices.Count; i++)
        {
            _checksum.Append(slices[i].Span);
            Length += slices[i].Length;
        }

        if (_segment is null && Length <= _mostHeld)
        {
            Hold(slices);
            return;
        }

        Start();
        _segment!.Write(slices, _position + RecordHead.Bytes + at);
        if (Length - _started >= StartBytes)
        {
            _segment.BeginWrite(_position + RecordHead.Bytes + _started, Length - _started);
            _started = Length;
        }
    }

    /// <summary>All bytes came. The record counts from here on, and is safe after the lane's next <see cref="Lane.Sync"/>.</summary>
    /// <exception cref="IOException">No room, or the disk failed.</exception>
    public SpoolLocation Seal(ReadOnlyMemory<byte> note, DateTime receivedAt)
    {
        Start();
        var checksum = new byte[Checksum.Bytes];
        _checksum.Write(checksum);
        var head = new RecordHead(_segment!.Id, _id, _position, _segment.Durable, Length, _prefixLength, receivedAt) { Checksum = checksum, Note = note };
        _segment.Seal(head);
        return head.Location;
    }

    private void Hold(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
        if (_held.Length < Length)
        {
            Array.Resize(ref _held, (int)Math.Min(_mostHeld, Math.Max(Length, 2L * _held.Length)));
        }

        for (var i = 0; i < slices.Count; i++)
        {
            slices[i].Span.CopyTo(_held.AsSpan(_heldLength));
            _heldLength += slices[i].Length;
        }
    }

    /// <summary>From now on bytes go to the disk.</summary>
    private void Start()
    {
        if (_segment is null)
        {
            _segment = _lane().Ready();
            _position = _segment.End;
            _segment.Write(_held.AsSpan(0, _heldLength), _position + RecordHead.Bytes);
            _held = [];
        }
    }
}
