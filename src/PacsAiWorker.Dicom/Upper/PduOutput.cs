using System.Buffers.Binary;
using System.Text;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>Writes a PDU in wire order, big endian, and fills in lengths once they are known.</summary>
internal sealed class PduOutput
{
    private byte[] buffer = new byte[1024];
    private int length;

    public PduOutput(byte type) => U8(type).U8(0).U32(0); // length filled in by ToArray

    public PduOutput U8(byte value)
    {
        Room(1)[0] = value;
        length++;
        return this;
    }

    public PduOutput U16(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Room(2), checked((ushort)value));
        length += 2;
        return this;
    }

    public PduOutput U32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Room(4), value);
        length += 4;
        return this;
    }

    public PduOutput Zeros(int count)
    {
        Room(count)[..count].Clear();
        length += count;
        return this;
    }

    public PduOutput Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        length += value.Length;
        return this;
    }

    public PduOutput Text(string value)
    {
        length += Encoding.Latin1.GetBytes(value, Room(value.Length));
        return this;
    }

    /// <summary>16 bytes, padded with spaces (PS3.8 section 9.3.2).</summary>
    public PduOutput AeTitle(string value) => Text(value.Length > 16 ? value[..16] : value.PadRight(16));

    /// <summary>An item: type, reserved, 16-bit length, content.</summary>
    public PduOutput Item(byte type, Action<PduOutput> content)
    {
        U8(type).U8(0).U16(0);
        int start = length;
        content(this);
        BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(start - 2), checked((ushort)(length - start)));
        return this;
    }

    public PduOutput Item(byte type, string text) => Item(type, o => o.Text(text));

    public byte[] ToArray()
    {
        BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(2), (uint)(length - PduType.HeaderBytes));
        return buffer.AsSpan(0, length).ToArray();
    }

    private Span<byte> Room(int count)
    {
        if (buffer.Length - length < count)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + count));
        }

        return buffer.AsSpan(length);
    }
}
