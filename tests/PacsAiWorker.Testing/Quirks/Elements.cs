using System.Buffers.Binary;
using System.Text;

namespace PacsAiWorker.Testing.Quirks;

/// <summary>Bytes of single elements, explicit VR little endian unless told otherwise, right or wrong as the caller wants them.</summary>
public static class Elements
{
    public const uint Undefined = 0xFFFFFFFF;

    /// <summary>An item of undefined length begins.</summary>
    public static byte[] Item { get; } = Structure(0xE000, Undefined);

    public static byte[] ItemEnd { get; } = Structure(0xE00D, 0);

    public static byte[] SequenceEnd { get; } = Structure(0xE0DD, 0);

    /// <summary>An element of group FFFE: tag and length.</summary>
    public static byte[] Structure(ushort element, uint length) => Implicit(0xFFFE0000 | element, length);

    /// <summary>Tag and length, as implicit VR has them.</summary>
    public static byte[] Implicit(uint tag, uint length)
    {
        byte[] bytes = new byte[8];
        Tag(bytes, tag);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), length);
        return bytes;
    }

    public static byte[] Implicit(uint tag, byte[] value) => Join(Implicit(tag, (uint)value.Length), value);

    /// <summary>Tag, VR and a 16-bit length.</summary>
    public static byte[] Short(uint tag, string vr, byte[] value)
    {
        byte[] bytes = new byte[8 + value.Length];
        Tag(bytes, tag);
        Encoding.Latin1.GetBytes(vr, bytes.AsSpan(4));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)value.Length);
        value.CopyTo(bytes, 8);
        return bytes;
    }

    public static byte[] Short(uint tag, string vr, string value) => Short(tag, vr, Encoding.Latin1.GetBytes(value));

    /// <summary>Tag, VR and a 32-bit length, which need not be the value's.</summary>
    public static byte[] Long(uint tag, string vr, uint length, params byte[] value)
    {
        byte[] bytes = new byte[12 + value.Length];
        Tag(bytes, tag);
        Encoding.Latin1.GetBytes(vr, bytes.AsSpan(4));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), length);
        value.CopyTo(bytes, 12);
        return bytes;
    }

    public static byte[] Long(uint tag, string vr, byte[] value) => Long(tag, vr, (uint)value.Length, value);

    /// <summary>A sequence of undefined length with one item of undefined length.</summary>
    public static byte[] Sequence(uint tag, params byte[][] inside) =>
        Join(Long(tag, "SQ", Undefined), Item, Join(inside), ItemEnd, SequenceEnd);

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => p)];

    private static void Tag(byte[] bytes, uint tag)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(tag >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)tag);
    }
}
