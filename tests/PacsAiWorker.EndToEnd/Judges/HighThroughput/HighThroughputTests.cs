using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Testing;
using PacsAiWorker.Testing.Quirks;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges.HighThroughput;

public sealed class HighThroughputTests : IDisposable
{
    private const int Width = 40, Height = 24;
    private readonly TempFolder folder = new("htj2k");
    private readonly CodecPool codecs = new(new CodecOptions { Processes = 1 });

    public void Dispose()
    {
        codecs.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("grey", 1)]
    [InlineData("colour", 3)]
    public void High_throughput_JPEG_2000_of_another_encoder_comes_back_exactly(string name, int samples)
    {
        var stream = File.ReadAllBytes(SourceTree.Path("tests/PacsAiWorker.EndToEnd/Judges/HighThroughput", name + ".j2k"));
        var syntax = TransferSyntax.HtJ2kLossless;
        var set = new DataSet()
            .Set(Tags.Modality, "US")
            .SetUShort(Tags.SamplesPerPixel, (ushort)samples)
            .Set(Tags.PhotometricInterpretation, samples == 3 ? "YBR_RCT" : "MONOCHROME2")
            .SetUShort(Tags.Rows, Height)
            .SetUShort(Tags.Columns, Width)
            .SetUShort(Tags.BitsAllocated, 8)
            .SetUShort(Tags.BitsStored, 8)
            .SetUShort(Tags.PixelRepresentation, 0);
        var path = folder[name];
        File.WriteAllBytes(path, [.. Part10.Header(new FileMeta(SopClasses.UltrasoundImage, "1.2.3", syntax.Uid)), .. DataSetWriter.Encode(set, syntax), .. Encapsulated.Element([], stream)]);
        using var file = Part10File.Open(path);
        var result = FrameSource.Open(file, FrameHeader.Read(file.DataSet), codecs).Value!.Read(0, CancellationToken.None);
        using var image = result.Value;
        Assert.Null(result.Detail);
        Assert.Equal(Formula(samples), image!.Pixels.ToArray());
    }

    private static byte[] Formula(int samples)
    {
        var pixels = new byte[Width * Height * samples];
        for (var i = 0; i < pixels.Length; i++)
        {
            int x = i / samples % Width, y = i / samples / Width;
            pixels[i] = (byte)(x * 5 + y * 7 + i % samples * 60 + x * y % 13);
        }

        return pixels;
    }
}
