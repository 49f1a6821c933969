using System.Buffers.Binary;
using System.Numerics;

namespace PacsAiWorker.Spool;

/// <summary>
/// The 512 bytes in front of a received file: written last, so that a record counts only when all of it was written. They are one
/// sector, which a disk writes whole or not at all; the segment's id inside is not known outside and cannot be forged by what a peer sends.
/// </summary>
/// <param name="Segment">Segment that the record belongs to.</param>
/// <param name="Id">Instance id, made on arrival.</param>
/// <param name="Position">Where the head stands in the segment; a multiple of <see cref="Alignment"/>.</param>
/// <param name="Durable">Bytes of the segment that were known to be on the disk when this head was written.</param>
/// <param name="Length">Bytes of the file behind the head.</param>
/// <param name="PrefixLength">How many of them stand before the data set (preamble and file meta).</param>
/// <param name="ReceivedAt">When the last byte came, UTC.</param>
public sealed record RecordHead(Guid Segment, Guid Id, long Position, long Durable, long Length, int PrefixLength, DateTime ReceivedAt)
{
    /// <summary>Bytes of a head; the file begins right behind.</summary>
    public const int Bytes = 512;

    /// <summary>Records begin at multiples of this, so that no block that holds an acknowledged file is ever written again.</summary>
    public const int Alignment = 4096;

    /// <summary>Most bytes of <see cref="Note"/>.</summary>
    public const int MostNoteBytes = Bytes - NoteStart;

    private const uint Magic = 0x5243_5350; // "PSCR"
    private const int ChecksumStart = 88;
    private const int NoteStart = 106;

    /// <summary>Over all bytes of the file, as they came.</summary>
    public required ReadOnlyMemory<byte> Checksum { get; init; }

    /// <summary>What the receiver adds, opaque here.</summary>
    public ReadOnlyMemory<byte> Note { get; init; }

    /// <summary>The file was erased on purpose: its bytes are gone, its place stays.</summary>
    public bool Erased { get; init; }

    public SpoolLocation Location => new(Segment, Position + Bytes, Length);

    /// <summary>Where the next record begins.</summary>
    public long End => Align(Position + Bytes + Length);

    public static long Align(long position) => (position + Alignment - 1) / Alignment * Alignment;

    // 0 magic, 4 CRC-32C of all that follows, 8 segment, 24 id, 40 position, 48 durable, 56 length, 64 received (ticks),
    // 72 prefix, 76 flags, 80 reserved, 88 checksum, 104 length of the note, 106 note.
    public void Write(Span<byte> head)
    {
        head = head[..Bytes];
        head.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        Segment.TryWriteBytes(head[8..]);
        Id.TryWriteBytes(head[24..]);
        BinaryPrimitives.WriteInt64LittleEndian(head[40..], Position);
        BinaryPrimitives.WriteInt64LittleEndian(head[48..], Durable);
        BinaryPrimitives.WriteInt64LittleEndian(head[56..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(head[64..], ReceivedAt.Ticks);
        BinaryPrimitives.WriteInt32LittleEndian(head[72..], PrefixLength);
        head[76] = Erased ? (byte)1 : (byte)0;
        Checksum.Span.CopyTo(head.Slice(ChecksumStart, Spool.Checksum.Bytes));
        BinaryPrimitives.WriteUInt16LittleEndian(head[104..], checked((ushort)Note.Length));
        Note.Span.CopyTo(head[NoteStart..]);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], Crc32C(head[8..]));
    }

    /// <summary>Null unless these bytes are the head of a record of this segment at this position.</summary>
    public static RecordHead? TryRead(ReadOnlySpan<byte> head, Guid segment, long position)
    {
        if (head.Length < Bytes
            || BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) != Crc32C(head[8..Bytes])
            || new Guid(head[8..24]) != segment
            || BinaryPrimitives.ReadInt64LittleEndian(head[40..]) != position)
        {
            return null;
        }

        return new RecordHead(
            segment, new Guid(head[24..40]), position, BinaryPrimitives.ReadInt64LittleEndian(head[48..]), BinaryPrimitives.ReadInt64LittleEndian(head[56..]),
            BinaryPrimitives.ReadInt32LittleEndian(head[72..]), new DateTime(BinaryPrimitives.ReadInt64LittleEndian(head[64..]), DateTimeKind.Utc))
        {
            Checksum = head.Slice(ChecksumStart, Spool.Checksum.Bytes).ToArray(),
            Note = head.Slice(NoteStart, BinaryPrimitives.ReadUInt16LittleEndian(head[104..])).ToArray(),
            Erased = (head[76] & 1) != 0,
        };
    }

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
