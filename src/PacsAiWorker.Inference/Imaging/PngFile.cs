using System.Buffers.Binary;
using System.IO.Compression;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>Pictures as PNG (ISO 15948): 8 bits, grey or colour, no text chunks, nothing lost.</summary>
public static class PngFile
{
    private const int HeaderBytes = 13;
    private const long MostSamples = 64L << 20;

    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(i => CrcOf((uint)i))];

    [ThreadStatic]
    private static MemoryStream? compressed;

    /// <summary>Writes a picture that any viewer shows.</summary>
    public static void Write(Stream target, RasterImage image, CompressionLevel level = CompressionLevel.Optimal) =>
        Write(target, image, new Crop(0, 0, image.Width - 1, image.Height - 1, CropSource.Region), level);

    /// <summary>Writes a part of a picture; nothing outside the part is in it.</summary>
    public static void Write(Stream target, RasterImage image, Crop part, CompressionLevel level = CompressionLevel.Optimal)
    {
        target.Write(Signature);
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, part.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], part.Height);
        header[8] = 8; // bits a sample
        header[9] = (byte)(image.Channels == 1 ? 0 : 2); // grey or RGB
        Chunk(target, "IHDR"u8, header);
        Chunk(target, "IDAT"u8, Compressed(image, part, level));
        Chunk(target, "IEND"u8, []);
    }

    /// <summary>Reads a picture that <see cref="Write"/> made; other programs' ways of writing are not understood.</summary>
    /// <exception cref="InvalidDataException">It is not such a picture, or damaged.</exception>
    public static RasterImage Read(Stream source)
    {
        Span<byte> signature = stackalloc byte[Signature.Length];
        if (source.ReadAtLeast(signature, signature.Length, throwOnEndOfStream: false) < signature.Length || !signature.SequenceEqual(Signature))
            throw new InvalidDataException("not a PNG file");
        var header = ReadChunk(source, "IHDR"u8);
        if (header.Length != HeaderBytes || header[8] != 8 || header[9] is not (0 or 2) || header[12] != 0)
            throw new InvalidDataException("a PNG file of another kind than this program writes");
        var (width, height, channels) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)), header[9] == 0 ? 1 : 3);
        if (width < 1 || height < 1 || (long)width * height * channels > MostSamples)
            throw new InvalidDataException($"a picture of {width} × {height} is not read");
        using var rows = new ZLibStream(new MemoryStream(ReadChunk(source, "IDAT"u8)), CompressionMode.Decompress);
        var (pixels, row) = (new byte[width * height * channels], width * channels);
        for (var y = 0; y < height; y++)
        {
            if (rows.ReadByte() != 0)
                throw new InvalidDataException("a PNG file of another kind than this program writes");
            if (rows.ReadAtLeast(pixels.AsSpan(y * row, row), row, throwOnEndOfStream: false) < row)
                throw new InvalidDataException("the picture ends early");
        }
        return new RasterImage(width, height, channels, pixels);
    }

    /// <summary>Each row with filter 0 before it. Good until this thread compresses again.</summary>
    private static ReadOnlySpan<byte> Compressed(RasterImage image, Crop part, CompressionLevel level)
    {
        var bytes = compressed ??= new MemoryStream();
        bytes.SetLength(0);
        using (var zlib = new ZLibStream(bytes, level, leaveOpen: true))
        {
            for (var y = part.Y0; y <= part.Y1; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(image.Pixels.Slice(((y * image.Width) + part.X0) * image.Channels, part.Width * image.Channels));
            }
        }

        return bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
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

    private static byte[] ReadChunk(Stream source, ReadOnlySpan<byte> name)
    {
        const int Around = 8 + 4; // length and name, check sum
        Span<byte> head = stackalloc byte[8], crc = stackalloc byte[4];
        if (source.Length - source.Position < Around)
            throw new InvalidDataException("the PNG file ends early");
        source.ReadExactly(head);
        var length = BinaryPrimitives.ReadInt32BigEndian(head);
        if (!head[4..].SequenceEqual(name) || length < 0 || length > source.Length - source.Position - crc.Length)
            throw new InvalidDataException("a PNG file of another kind than this program writes, or damaged");
        var data = new byte[length];
        source.ReadExactly(data);
        source.ReadExactly(crc);
        return BinaryPrimitives.ReadUInt32BigEndian(crc) == ~Crc(Crc(uint.MaxValue, name), data)
            ? data
            : throw new InvalidDataException("the PNG file is damaged: its check sum is wrong");
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var value in data)
            crc = (crc >> 8) ^ CrcTable[(byte)crc ^ value];
        return crc;
    }

    private static uint CrcOf(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value >> 1) ^ ((value & 1) * 0xEDB88320);
        return value;
    }
}
