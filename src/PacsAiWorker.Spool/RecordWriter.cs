namespace PacsAiWorker.Spool;

/// <summary>
/// One file on its way into the log. What is not sealed never was: the next record takes its place.
/// </summary>
public sealed class RecordWriter
{
    /// <summary>The disk is set to work while more is still coming, this many bytes at a time.</summary>
    private const int StartBytes = 512 * 1024;

    private readonly Segment _segment;
    private readonly Guid _id;
    private readonly long _position;
    private readonly int _prefixLength;
    private Checksum _checksum = new();
    private long _started;

    /// <param name="prefix">The bytes of the file before its data set.</param>
    internal RecordWriter(Segment segment, Guid id, ReadOnlySpan<byte> prefix)
    {
        (_segment, _id, _position, _prefixLength) = (segment, id, segment.End, prefix.Length);
        segment.Write(prefix, _position + RecordHead.Bytes);
        _checksum.Append(prefix);
        Length = prefix.Length;
    }

    /// <summary>Bytes of the file so far.</summary>
    public long Length { get; private set; }

    /// <summary>The next bytes of the data set: one gathered write, without a copy between the caller's buffer and the page cache.</summary>
    /// <exception cref="IOException">No room, or the disk failed.</exception>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
        var at = _position + RecordHead.Bytes + Length;
        for (var i = 0; i < slices.Count; i++)
        {
            _checksum.Append(slices[i].Span);
            Length += slices[i].Length;
        }

        _segment.Write(slices, at);
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
        var checksum = new byte[Checksum.Bytes];
        _checksum.Write(checksum);
        var head = new RecordHead(_segment.Id, _id, _position, _segment.Durable, Length, _prefixLength, receivedAt) { Checksum = checksum, Note = note };
        _segment.Seal(head);
        return head.Location;
    }
}
