using System.Numerics;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Training.Features;
using PacsAiWorker.Statistics.Folds;

namespace PacsAiWorker.Tests.Inference.Training.Features;

public sealed class PictureHashTests
{
    private static readonly Crop Middle = new(10, 10, 89, 69, CropSource.Region);

    [Fact]
    public void What_stands_outside_the_scan_area_changes_neither_digest()
    {
        using var plain = Picture((_, _) => 0);
        using var written = Picture((x, y) => y < 8 ? 200 : 0);
        Assert.Equal(PictureHash.Exact([plain], Middle), PictureHash.Exact([written], Middle));
        Assert.Equal(PictureHash.Difference(plain, Middle), PictureHash.Difference(written, Middle));
    }

    [Fact]
    public void A_little_noise_is_another_picture_that_looks_almost_the_same()
    {
        var random = new Random(1);
        using var plain = Picture((_, _) => 0);
        using var noisy = Picture((_, _) => random.Next(3));
        Assert.NotEqual(PictureHash.Exact([plain], Middle), PictureHash.Exact([noisy], Middle));
        Assert.InRange(BitOperations.PopCount(PictureHash.Difference(plain, Middle) ^ PictureHash.Difference(noisy, Middle)), 0, LeakageDetector.NearBits);
    }

    [Fact]
    public void Brighter_to_the_right_sets_every_bit()
    {
        using var ramp = new RasterImage(90, 80, 1, Enumerable.Range(0, 7200).Select(i => (byte)(i % 90)).ToArray());
        Assert.Equal(ulong.MaxValue, PictureHash.Difference(ramp, new Crop(0, 0, 89, 79, CropSource.Full)));
    }

    private static RasterImage Picture(Func<int, int, int> more) => new(100, 80, 1,
        Enumerable.Range(0, 8000).Select(i => (byte)Math.Min(255, 120 + 60 * Math.Sin(i % 100 / 5.0 + i / 100 / 7.0) + more(i % 100, i / 100))).ToArray());
}
