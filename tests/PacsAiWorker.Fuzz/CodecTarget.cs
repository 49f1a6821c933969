using System.Buffers.Binary;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;

namespace PacsAiWorker.Fuzz;

/// <summary>
/// Codestreams through the whole road of a compressed frame, decoding processes included: whatever they do, the outcome is a picture or
/// one of two reasons. Seeds are the pixel data of DICOM files in a folder.
/// </summary>
/// <param name="folder">Files to begin with; an empty or absent folder gives one lossless JPEG.</param>
public sealed class CodecTarget(string folder) : IFuzzTarget, IDisposable
{
    private const int Header = 16;
    private readonly CodecPool pool = new(new CodecOptions { Processes = 1, Limit = TimeSpan.FromSeconds(5) });
    private readonly string path = Path.GetTempFileName();

    public string Name => "codec";

    /// <summary>Processes that damaged frames ended, so far.</summary>
    public int Ended { get; private set; }

    /// <summary>Each input: number of the coding, columns, rows, samples and bits, then a codestream.</summary>
    public IEnumerable<byte[]> Seeds()
    {
        _ = pool.MissingLibraries(); // starts the process: that is not the first input's time
        yield return [(byte)(PixelCoding.Jpeg - 1), 2, 0, 1, 0, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. TinyLossless];
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.dcm").Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
            if (TrySeed(file) is { } seed)
                yield return seed;
    }

    public string Run(byte[] input)
    {
        if (input.Length < Header)
            return "short";
        var coding = (PixelCoding)(1 + input[0] % 4);
        var syntax = coding switch
        {
            PixelCoding.Rle => TransferSyntax.Rle,
            PixelCoding.Jpeg => TransferSyntax.JpegBaseline,
            PixelCoding.JpegLs => TransferSyntax.JpegLsLossless,
            _ => TransferSyntax.Jpeg2000,
        };
        Write(input, syntax);
        using var file = Part10File.Open(path);
        var source = FrameSource.Open(file, FrameHeader.Read(file.DataSet), pool);
        if (source.Value is not { } frames)
            return $"{coding} not opened: {source.Reason}";
        var result = frames.Read(0, CancellationToken.None);
        using var image = result.Value;
        if (result.Detail is { } detail && detail.Contains("process ended", StringComparison.Ordinal))
            Ended++;
        return $"{coding} {(image is null ? $"{result.Reason} {Shape(result.Detail!)}" : $"{image.Channels}")}";
    }

    public void Dispose()
    {
        pool.Dispose();
        File.Delete(path);
    }

    private static ReadOnlySpan<byte> TinyLossless =>
    [
        0xFF, 0xD8, 0xFF, 0xC3, 0, 11, 8, 0, 1, 0, 2, 1, 1, 0x11, 0,
        0xFF, 0xC4, 0, 21, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2,
        0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 0, 0, 0x61, 0xFF, 0xD9,
    ];

    /// <summary>Numbers say nothing new.</summary>
    private static string Shape(string detail) => new([.. detail.Where(c => !char.IsAsciiDigit(c))]);

    private void Write(byte[] input, TransferSyntax syntax)
    {
        ushort Word(int at) => BinaryPrimitives.ReadUInt16LittleEndian(input.AsSpan(at));
        var samples = input[5] == 3 ? 3 : 1;
        var bits = (ushort)(input[6] == 16 ? 16 : 8);
        var set = new DataSet()
            .Set(Tags.Modality, "US")
            .SetUShort(Tags.SamplesPerPixel, (ushort)samples)
            .Set(Tags.PhotometricInterpretation, samples == 3 ? input[7] % 2 == 0 ? "RGB" : "YBR_FULL" : "MONOCHROME2")
            .SetUShort(Tags.Columns, Word(1))
            .SetUShort(Tags.Rows, Word(3))
            .SetUShort(Tags.BitsAllocated, bits)
            .SetUShort(Tags.BitsStored, bits)
            .SetUShort(Tags.PixelRepresentation, 0);
        using var file = new FileStream(path, FileMode.Create);
        file.Write(Part10.Header(new FileMeta(SopClasses.UltrasoundImage, "1.2.3", syntax.Uid)));
        file.Write(DataSetWriter.Encode(set, syntax));
        file.Write([0xE0, 0x7F, 0x10, 0, (byte)'O', (byte)'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0]);
        file.Write([0xFE, 0xFF, 0, 0xE0]);
        file.Write(BitConverter.GetBytes(input.Length - Header));
        file.Write(input.AsSpan(Header));
        file.Write([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    }

    /// <summary>Null for a file that is no small compressed image.</summary>
    private byte[]? TrySeed(string name)
    {
        try
        {
            using var file = Part10File.Open(name);
            return SeedOf(file);
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }

    private byte[]? SeedOf(Part10File file)
    {
        const int MostSeedBytes = 64 * 1024;
        var header = FrameHeader.Read(file.DataSet);
        if (FrameSource.Open(file, header, pool).Value is not { Coding: not PixelCoding.Native and not PixelCoding.Video } source
            || source.CodestreamOf(0) is not { Length: < MostSeedBytes } stream)
            return null;
        var seed = new byte[Header];
        seed[0] = (byte)(source.Coding - 1);
        BinaryPrimitives.WriteUInt16LittleEndian(seed.AsSpan(1), (ushort)header.Columns);
        BinaryPrimitives.WriteUInt16LittleEndian(seed.AsSpan(3), (ushort)header.Rows);
        (seed[5], seed[6]) = ((byte)header.Samples, (byte)header.BitsAllocated);
        return [.. seed, .. stream];
    }
}
