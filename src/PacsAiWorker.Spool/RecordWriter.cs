namespace PacsAiWorker.Spool;

/// <summary>
/// One file on its way into the log. What is not sealed never was: the next record takes its place.
/// </summary>
public sealed class RecordWriter
{
    private readonly Segment _segment;
    private readonly Guid _id;
    private readonly long _position;
    private readonly int _prefixLength;

    /// <param name="prefix">The bytes of the file before its data set.</param>
    internal RecordWriter(Segment segment, Guid id, ReadOnlySpan<byte> prefix)
    {
        (_segment, _id, _position, _prefixLength) = (segment, id, segment.End, prefix.Length);
        segment.Write(prefix, _position + RecordHead.Bytes);
        Length = prefix.Length;
    }

    /// <summary>Bytes of the file so far.</summary>
    public long Length { get; private set; }

    /// <summary>The next bytes of the data set: one gathered write, without a copy between the caller's buffer and the page cache.</summary>
    /// <exception cref="IOException">No room, or the disk failed.</exception>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
        _segment.Write(slices, _position + RecordHead.Bytes + Length);
        for (var i = 0; i < slices.Count; i++)
        {
            Length += slices[i].Length;
        }
    }

    /// <summary>All bytes came. The record counts from here on, and is safe after the lane's next <see cref="Lane.Sync"/>.</summary>
    /// <exception cref="IOException">No room, or the disk failed.</exception>
    public SpoolLocation Seal(ReadOnlyMemory<byte> digest, ReadOnlyMemory<byte> note, DateTime receivedAt)
    {
        var head = new RecordHead(_segment.Id, _id, _position, _segment.Durable, Length, _prefixLength, receivedAt) { Digest = digest, Note = note };
        _segment.Seal(head);
        return head.Location;
    }
}
