using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class PngFileTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(37, 5, 1)]
    [InlineData(16, 9, 3)]
    public void What_was_written_is_read_again(int width, int height, int channels)
    {
        var image = Picture(width, height, channels);
        using var read = PngFile.Read(new MemoryStream(Written(image)));
        Assert.Equal((width, height, channels), (read.Width, read.Height, read.Channels));
        Assert.Equal(image.Pixels, read.Pixels);
    }

    [Fact]
    public void No_damage_goes_unseen()
    {
        var whole = Written(Picture(20, 20, 3));
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var damaged = whole.ToArray();
            damaged[random.Next(damaged.Length - 12)] ^= (byte)(1 << random.Next(8)); // the end mark is not looked at
            Assert.Throws<InvalidDataException>(() => PngFile.Read(new MemoryStream(damaged)));
        }
        for (var length = 0; length < whole.Length - 12; length += 7)
            Assert.Throws<InvalidDataException>(() => PngFile.Read(new MemoryStream(whole[..length])));
    }

    private static RasterImage Picture(int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        new Random(width).NextBytes(pixels);
        return new RasterImage(width, height, channels, pixels);
    }

    private static byte[] Written(RasterImage image)
    {
        using var bytes = new MemoryStream();
        PngFile.Write(bytes, image);
        return bytes.ToArray();
    }
}
