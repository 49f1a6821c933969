using System.Buffers.Binary;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>What the decoder does not tell of a JPEG 2000 codestream (ISO 15444-1 annex A).</summary>
internal static class J2kHeader
{
    private const ushort StartOfCodestream = 0xFF4F, CodingStyle = 0xFF52, StartOfTile = 0xFF90, EndOfCodestream = 0xFFD9;
    private const int StartOfTileBytes = 12, SizeBytes = 40;

    /// <summary>A tile that has no part at all: the decoder would leave its place black.</summary>
    public static bool HasMissingTile(ReadOnlySpan<byte> stream)
    {
        var at = stream.IndexOf((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]);
        if (at < 0 || at + 2 + SizeBytes > stream.Length)
            return true;
        var size = stream[(at + 6)..]; // behind SOC, SIZ and its length: capabilities (2), then eight numbers
        uint Number(ReadOnlySpan<byte> s, int index) => BinaryPrimitives.ReadUInt32BigEndian(s[(2 + 4 * index)..]);
        long width = Number(size, 0), height = Number(size, 1), tileWidth = Number(size, 4), tileHeight = Number(size, 5), tileX = Number(size, 6), tileY = Number(size, 7);
        if (tileWidth == 0 || tileHeight == 0)
            return true;
        var tiles = ((width - tileX + tileWidth - 1) / tileWidth) * ((height - tileY + tileHeight - 1) / tileHeight);
        return tiles is < 1 or > 65535 || PartsOf(stream, at, (int)tiles).Contains(false);
    }

    /// <summary>For each tile whether the codestream has a part of it.</summary>
    private static bool[] PartsOf(ReadOnlySpan<byte> stream, int at, int tiles)
    {
        var seen = new bool[tiles];
        at += 2;
        while (at + StartOfTileBytes <= stream.Length)
        {
            var marker = BinaryPrimitives.ReadUInt16BigEndian(stream[at..]);
            if (marker == EndOfCodestream)
                break;
            if (marker != StartOfTile)
            {
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 2)..]);
                continue;
            }

            var tile = BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 4)..]);
            var length = BinaryPrimitives.ReadUInt32BigEndian(stream[(at + 6)..]); // 0: to the end
            if (tile < tiles)
                seen[tile] = true;
            if (length < StartOfTileBytes || length > stream.Length - at)
                break;
            at += (int)length;
        }

        return seen;
    }

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
