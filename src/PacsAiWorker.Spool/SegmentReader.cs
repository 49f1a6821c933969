using Microsoft.Win32.SafeHandles;

namespace PacsAiWorker.Spool;

/// <summary>Reads the records of one segment in their order, while it is written or afterwards.</summary>
public sealed class SegmentReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly byte[] _block = new byte[RecordHead.Bytes];
    private readonly long _limit;

    private SegmentReader(Guid id, SafeFileHandle file, long limit) => (Id, _file, _limit) = (id, file, limit);

    public Guid Id { get; }

    /// <summary>Where the next record is looked for.</summary>
    public long Position { get; set; } = SegmentFile.HeaderBytes;

    /// <summary>Stretches between records that hold none: bytes that were damaged after they were written.</summary>
    public IList<(long From, long To)> Damaged { get; } = [];

    /// <param name="segment">Segment; of one that is being written no more is read than was durable then.</param>
    /// <exception cref="InvalidDataException">The file does not begin as this segment does.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static SegmentReader Open(SegmentState segment)
    {
        var file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Span<byte> first = stackalloc byte[128];
            var read = RandomAccess.Read(file, first, 0);
            if (!SegmentFile.IsHeader(first[..read], segment.Id))
            {
                throw new InvalidDataException($"{Path.GetFileName(segment.Path)} does not begin as a spool segment of that name does");
            }

            return new SegmentReader(segment.Id, file, segment.Durable ?? RandomAccess.GetLength(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The next record, or null at the end.</summary>
    public RecordHead? Next()
    {
        if (Position >= _limit)
        {
            return null;
        }

        var head = At(Position) ?? AfterDamage();
        if (head is not null)
        {
            Position = head.End;
        }

        return head;
    }

    /// <summary>Bytes of the record's file; fewer than asked for only where the file system has no more.</summary>
    public int Read(RecordHead head, long offset, Span<byte> into)
    {
        into = into[..(int)Math.Clamp(head.Length - offset, 0, into.Length)];
        var total = 0;
        while (total < into.Length && RandomAccess.Read(_file, into[total..], head.Location.Offset + offset + total) is > 0 and var read)
        {
            total += read;
        }

        return total;
    }

    /// <summary>Whether the file's bytes are those that came.</summary>
    public bool IsWhole(RecordHead head) => IsWhole(head, new byte[1 << 16], static (_, _) => { });

    /// <summary>As <see cref="IsWhole(RecordHead)"/>, and shows the bytes in passing.</summary>
    /// <param name="buffer">Room for one chunk.</param>
    /// <param name="see">Gets each chunk with its offset in the file.</param>
    public bool IsWhole(RecordHead head, byte[] buffer, Action<long, ReadOnlySpan<byte>> see)
    {
        var checksum = new Checksum();
        long at = 0;
        while (Read(head, at, buffer) is > 0 and var read)
        {
            checksum.Append(buffer.AsSpan(0, read));
            see(at, buffer.AsSpan(0, read));
            at += read;
        }

        Span<byte> found = stackalloc byte[Checksum.Bytes];
        checksum.Write(found);
        return at == head.Length && found.SequenceEqual(head.Checksum.Span);
    }

    public void Dispose() => _file.Dispose();

    private RecordHead? At(long position) =>
        position + RecordHead.Bytes <= _limit && RandomAccess.Read(_file, _block, position) == _block.Length ? RecordHead.TryRead(_block, Id, position) : null;

    /// <summary>
    /// No head where one may stand: the end, or damage in the middle. Whatever a transfer that was given up left behind is no head of
    /// this segment, so the first one that is decides.
    /// </summary>
    private RecordHead? AfterDamage()
    {
        for (var position = Position + RecordHead.Alignment; position < _limit; position += RecordHead.Alignment)
        {
            if (At(position) is { } head)
            {
                Damaged.Add((Position, position));
                return head;
            }
        }

        return null;
    }
}
