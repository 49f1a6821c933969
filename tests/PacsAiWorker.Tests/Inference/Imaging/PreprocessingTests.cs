using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class PreprocessingTests
{
    private static readonly PreprocessingRule ImageNet = new(
        ColourRule.GrayReplicate, 224, 224, Interpolation.Bilinear, true, 1 / 255.0, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    [Theory]
    [InlineData(640, 480)]
    [InlineData(97, 301)]
    [InlineData(64, 64)]
    public void Shrinking_and_enlarging_agree_with_a_plain_reference_in_double_precision(int width, int height)
    {
        var image = Noise(width + 20, height + 10, 1);
        var crop = new Crop(7, 3, 7 + width - 1, 3 + height - 1, CropSource.Region);
        var tensor = Preprocessing.ToTensor(image, crop, ImageNet);
        var reference = PreprocessingReference.Tensor(image, crop, ImageNet);
        Assert.Equal(3 * 224 * 224, tensor.Length);
        Assert.True(tensor.Zip(reference, (a, b) => Math.Abs(a - b)).Max() <= 1e-5);
    }

    [Fact]
    public void The_size_of_the_source_is_a_copy()
    {
        var image = Noise(8, 8, 1);
        var rule = new PreprocessingRule(ColourRule.Gray, 8, 8, Interpolation.Bilinear, true, 1, [0], [1]);
        Assert.Equal(image.Pixels.ToArray().Select(p => (float)p), Preprocessing.ToTensor(image, new Crop(0, 0, 7, 7, CropSource.Full), rule));
    }

    [Fact]
    public void Nearest_takes_the_pixel_at_the_centre()
    {
        var image = new RasterImage(4, 1, 1, new byte[] { 10, 20, 30, 40 });
        var rule = new PreprocessingRule(ColourRule.Gray, 2, 1, Interpolation.Nearest, false, 1, [0], [1]);
        Assert.Equal([20, 40], Preprocessing.ToTensor(image, new Crop(0, 0, 3, 0, CropSource.Full), rule));
    }

    [Fact]
    public void Channels_are_normalised_each_by_its_own_numbers_and_stand_as_planes()
    {
        var image = new RasterImage(2, 1, 3, new byte[] { 10, 20, 30, 40, 50, 60 });
        var rule = new PreprocessingRule(ColourRule.Rgb, 2, 1, Interpolation.Nearest, false, 1, [10, 20, 30], [1, 2, 5]);
        Assert.Equal([0, 30, 0, 15, 0, 6], Preprocessing.ToTensor(image, new Crop(0, 0, 1, 0, CropSource.Full), rule));
    }

    [Fact]
    public void Equal_channels_give_their_value_as_grey()
    {
        for (var level = 0; level < 256; level++)
            Assert.Equal(level, Preprocessing.Grey((byte)level, (byte)level, (byte)level));
        Assert.Equal(76, Preprocessing.Grey(255, 0, 0));
    }

    [Fact]
    public void A_crop_outside_the_picture_is_an_error() =>
        Assert.Throws<ArgumentException>(() => Preprocessing.ToTensor(Noise(10, 10, 1), new Crop(0, 0, 10, 9, CropSource.Full), ImageNet));

    private static RasterImage Noise(int width, int height, int channels) => PreprocessingReference.Noise(new Random(5), width, height, channels);
}
