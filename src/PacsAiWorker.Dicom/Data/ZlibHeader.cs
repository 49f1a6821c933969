using System.Buffers.Binary;

namespace PacsAiWorker.Dicom.Data;

/// <summary>The two bytes that zlib puts before a deflate stream (RFC 1950 section 2.2).</summary>
internal static class ZlibHeader
{
    public const int Size = 2;
    public const int Needed = 5;

    /// <summary>The bytes fit a zlib header and do not fit a stored block, whose length is followed by its complement (RFC 1951 section 3.2.4).</summary>
    public static bool StartsWith(ReadOnlySpan<byte> first)
    {
        bool header = first.Length == Needed && (first[0] & 0x0F) == 8 && BinaryPrimitives.ReadUInt16BigEndian(first) % 31 == 0;
        return header && BinaryPrimitives.ReadUInt16LittleEndian(first[1..]) != (ushort)~BinaryPrimitives.ReadUInt16LittleEndian(first[3..]);
    }
}
