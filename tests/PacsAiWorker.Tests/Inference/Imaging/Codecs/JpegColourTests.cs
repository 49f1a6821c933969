using PacsAiWorker.Inference.Imaging.Codecs;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging.Codecs;

/// <summary>The order of statements about colour, a quirk of real devices in each test.</summary>
public sealed class JpegColourTests
{
    private static readonly byte[] Jfif = [0xFF, 0xE0, 0, 16, .. "JFIF\0"u8, 1, 2, 0, 0, 1, 0, 1, 0, 0];

    private static byte[] Adobe(byte transform) => [0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform];

    private static byte[] Frame(byte ids, byte luma = 0x11, byte chroma = 0x11) =>
        [0xFF, 0xC0, 0, 17, 8, 0, 8, 0, 8, 3, ids, luma, 0, (byte)(ids + 1), chroma, 1, (byte)(ids + 2), chroma, 1];

    private static byte[] RgbIds => [0xFF, 0xC0, 0, 17, 8, 0, 8, 0, 8, 3, (byte)'R', 0x11, 0, (byte)'G', 0x11, 0, (byte)'B', 0x11, 0];

    private static byte[] Stream(params byte[][] segments) => [0xFF, 0xD8, .. segments.SelectMany(s => s), 0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0, 1, 2, 0xFF, 0xD9];

    private static bool IsYcbcr(string photometric, params byte[][] segments) => JpegColour.IsYcbcr(JpegHeader.Parse(Stream(segments)), photometric);

    [Fact]
    public void C01_to_C04_subsampled_streams_are_transformed_whatever_the_label()
    {
        foreach (var (luma, chroma) in new[] { ((byte)0x22, (byte)0x11), ((byte)0x21, (byte)0x11), ((byte)0x22, (byte)0x12) })
            Assert.True(IsYcbcr("RGB", Frame(1, luma, chroma)));
        Assert.True(IsYcbcr("YBR_FULL_422", Frame(1)));
    }

    [Fact]
    public void C05_a_jfif_segment_outweighs_the_label_rgb() => Assert.True(IsYcbcr("RGB", Jfif, Frame(1)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void C06_and_C07_without_any_statement_the_label_decides(byte ids)
    {
        Assert.False(IsYcbcr("RGB", Frame(ids)));
        Assert.True(IsYcbcr("YBR_FULL", Frame(ids)));
    }

    [Fact]
    public void Component_ids_R_G_B_mean_rgb_even_under_another_label() => Assert.False(IsYcbcr("YBR_FULL_422", RgbIds));

    public static TheoryData<byte[]> InvalidAdobe => new()
    {
        new byte[] { 0xFF, 0xEE, 0, 12, (byte)'A', (byte)'d', (byte)'o', (byte)'b', (byte)'e', 0, 100, 0, 0, 1 }, // ends before the transform
        new byte[] { 0xFF, 0xEE, 0, 14, (byte)'P', (byte)'d', (byte)'o', (byte)'b', (byte)'e', 0, 100, 0, 0, 0, 0, 1 },
        new byte[] { 0xFF, 0xEE, 0, 14, (byte)'A', (byte)'d', (byte)'o', (byte)'b', (byte)'e', 0, 100, 0, 0, 0, 0, 7 },
    };

    [Theory]
    [MemberData(nameof(InvalidAdobe))]
    public void C08_an_invalid_adobe_segment_is_ignored(byte[] segment)
    {
        Assert.False(IsYcbcr("RGB", segment, Frame(0)));
        Assert.True(IsYcbcr("YBR_FULL", segment, Frame(0)));
    }

    [Fact]
    public void C09_an_adobe_transform_comes_first()
    {
        Assert.False(IsYcbcr("YBR_FULL_422", Jfif, Adobe(0), Frame(1, 0x22)));
        Assert.True(IsYcbcr("RGB", Adobe(1), RgbIds));
    }

    [Fact]
    public void Our_statement_replaces_those_there_were()
    {
        var stream = Stream(Jfif, Adobe(0), Frame(1));
        var plain = JpegHeader.Parse(stream).WithTransform(stream, 1);
        var header = JpegHeader.Parse(plain);
        Assert.Equal((1, false), (header.AdobeTransform, header.HasJfif));
        Assert.Equal(Stream(Adobe(1), Frame(1)), plain);
    }

    [Fact]
    public void A_header_that_ends_early_is_damage()
    {
        var stream = Stream(Jfif, Adobe(0), Frame(1));
        var scan = JpegHeader.Parse(stream).ScanStart;
        for (var length = 0; length < scan; length++)
            Assert.Throws<CodestreamException>(() => JpegHeader.Parse(stream.AsSpan(0, length)));
    }
}
