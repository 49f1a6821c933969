using System.Buffers.Binary;
using System.Text;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>Reads a PDU's body in wire order, big endian. Whatever is past the end is a <see cref="PduFault"/>.</summary>
internal ref struct PduInput(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public readonly bool IsEmpty => rest.IsEmpty;

    public byte U8() => Take(1)[0];

    public int U16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public void Skip(int count) => Take(count);

    /// <summary>Text without its padding: spaces for AE titles, stray NULs after UIDs.</summary>
    public string Text(int count) => Encoding.Latin1.GetString(Take(count)).Trim(' ', '\0');

    /// <summary>All that is left as text.</summary>
    public string Text() => Text(rest.Length);

    public byte[] Bytes(int count) => Take(count).ToArray();

    /// <summary>All that is left.</summary>
    public byte[] Rest() => Bytes(rest.Length);

    /// <summary>The next item: type, reserved, 16-bit length, content.</summary>
    public byte Item(out PduInput content)
    {
        byte type = U8();
        Skip(1);
        content = new PduInput(Take(U16()));
        return type;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
        {
            throw PduFault.Invalid("An item or field runs past the end of its PDU (PS3.8 9.3).");
        }

        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
