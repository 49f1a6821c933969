using System.Buffers.Binary;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>The one thing of a JPEG 2000 main header that the decoder does not tell (ISO 15444-1 annex A).</summary>
internal static class J2kHeader
{
    private const ushort StartOfCodestream = 0xFF4F, CodingStyle = 0xFF52, StartOfTile = 0xFF90;

    /// <summary>COD says that a multiple component transform was used, which the decoder undoes: what comes out is red, green, blue.</summary>
    public static bool HasColourTransform(ReadOnlySpan<byte> stream)
    {
        var at = stream.IndexOf((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]);
        if (at < 0)
            return false;
        for (at += 2; at + 9 <= stream.Length;)
        {
            var marker = BinaryPrimitives.ReadUInt16BigEndian(stream[at..]);
            if (marker is StartOfTile or StartOfCodestream)
                return false;
            if (marker == CodingStyle)
                return stream[at + 8] == 1; // marker, length, Scod, progression, layers (2), transform
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 2)..]);
        }

        return false;
    }
}
