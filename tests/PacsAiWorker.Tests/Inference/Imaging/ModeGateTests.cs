using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class ModeGateTests
{
    [Theory]
    [InlineData("0001", null)]
    [InlineData("1", null)]
    [InlineData("", null)]
    [InlineData("no number", null)]
    [InlineData("0011", NotScoredReason.Doppler)]
    [InlineData("0005", NotScoredReason.Doppler)]
    [InlineData("0008", NotScoredReason.Doppler)]
    [InlineData("0020", NotScoredReason.Doppler)]
    [InlineData("0101", NotScoredReason.Doppler)]
    [InlineData("0041", null)]
    [InlineData("0002", NotScoredReason.MMode)]
    public void Value_four_of_the_image_type_decides(string value, NotScoredReason? reason) =>
        Assert.Equal(reason, ModeGate.FromHeader(["ORIGINAL", "PRIMARY", "ABDOMINAL", value], []).Reason);

    [Theory]
    [InlineData(1, 1, null)]
    [InlineData(5, 0x0E, null)]
    [InlineData(1, 2, NotScoredReason.Doppler)]
    [InlineData(3, 3, NotScoredReason.Doppler)]
    [InlineData(3, 4, NotScoredReason.Doppler)]
    [InlineData(2, 1, NotScoredReason.MMode)]
    public void Regions_decide(int format, int dataType, NotScoredReason? reason) =>
        Assert.Equal(reason,
            ModeGate.FromHeader([], [new RegionItem(1, 1, 0, 0, 9, 9), new RegionItem(format, dataType, 0, 0, 9, 9)]).Reason);

    [Fact]
    public void Colour_counts_inside_the_crop_only()
    {
        var pixels = Grey();
        Paint(pixels, 0, 2000, 0, 120, 255); // the user interface above the scan
        Assert.False(ModeGate.Measure(new RasterImage(100, 100, 3, pixels), new Crop(0, 20, 99, 99, CropSource.Region)).IsDoppler);
        Assert.True(Measure(pixels).IsDoppler);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(101, true)]
    public void More_than_one_pixel_in_a_hundred_is_doppler(int coloured, bool doppler)
    {
        var pixels = Grey();
        Paint(pixels, 5000, 5000 + coloured, 200, 0, 0);
        Assert.Equal(doppler, Measure(pixels).IsDoppler);
    }

    [Fact]
    public void A_picture_in_one_tint_is_grey()
    {
        var pixels = Grey();
        for (var i = 0; i < pixels.Length; i += 3)
            (pixels[i + 1], pixels[i + 2]) = ((byte)(pixels[i] * 4 / 5), (byte)(pixels[i] / 2));
        var measure = Measure(pixels);
        Assert.True(measure.Tinted);
        Assert.True(measure.ColouredShare > 0.01);
        Assert.False(measure.IsDoppler);
    }

    [Fact]
    public void Flow_of_one_hue_on_grey_is_not_a_tint()
    {
        var pixels = Grey();
        Paint(pixels, 4000, 5000, 220, 20, 20);
        Assert.True(Measure(pixels).IsDoppler);
    }

    private static ColourMeasure Measure(byte[] pixels) =>
        ModeGate.Measure(new RasterImage(100, 100, 3, pixels), new Crop(0, 0, 99, 99, CropSource.Region));

    /// <summary>100 × 100 pixels, interleaved.</summary>
    private static byte[] Grey()
    {
        var pixels = new byte[100 * 100 * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(40 + i / 3 * 7 % 200);
        return pixels;
    }

    private static void Paint(byte[] pixels, int from, int to, byte r, byte g, byte b)
    {
        for (var i = from; i < to; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (r, g, b);
    }
}
