using System.Buffers.Binary;
using System.IO.Compression;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>Writes a picture as PNG (ISO 15948) so that a person can look at it: 8 bits, grey or colour, no text chunks.</summary>
public static class PngFile
{
    public static void Write(Stream target, RasterImage image)
    {
        target.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8; // bits a sample
        header[9] = (byte)(image.Channels == 1 ? 0 : 2); // grey or RGB
        Chunk(target, "IHDR"u8, header);
        Chunk(target, "IDAT"u8, Compressed(image));
        Chunk(target, "IEND"u8, []);
    }

    /// <summary>Each row with filter 0 before it.</summary>
    private static byte[] Compressed(RasterImage image)
    {
        using var bytes = new MemoryStream();
        using (var zlib = new ZLibStream(bytes, CompressionLevel.Optimal))
        {
            var row = image.Width * image.Channels;
            for (var y = 0; y < image.Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(image.Pixels.Slice(y * row, row));
            }
        }

        return bytes.ToArray();
    }

    private static void Chunk(Stream target, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        target.Write(number);
        target.Write(name);
        target.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, name), data));
        target.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return crc;
    }
}
