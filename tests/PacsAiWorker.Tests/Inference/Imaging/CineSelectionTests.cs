using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class CineSelectionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(7, 7)]
    [InlineData(8, 8)]
    [InlineData(10, 8)]
    [InlineData(30, 8)]
    [InlineData(34, 8)]
    [InlineData(65, 8)]
    [InlineData(87, 8)]
    public void Frames_are_spread_between_the_trimmed_ends(int frames, int chosen)
    {
        var choice = CineSelection.Choose(frames, 640 * 480);
        var trim = frames / 20;
        Assert.Equal(chosen, choice.Count);
        Assert.Equal(choice.Distinct().Order(), choice);
        Assert.Equal((trim, frames - 1 - trim), (choice[0], choice[^1]));
        var gaps = choice.Zip(choice.Skip(1), (a, b) => b - a).DefaultIfEmpty(1).ToList();
        Assert.True(gaps.Max() - gaps.Min() <= 1);
    }

    [Fact]
    public void Large_frames_are_fewer_and_one_is_always_looked_at()
    {
        Assert.Equal(3, CineSelection.Choose(100, 8L << 20).Count);
        Assert.Equal([49], CineSelection.Choose(100, 64L << 20));
    }

    [Fact]
    public void Frames_that_differ_by_less_than_a_level_are_duplicates()
    {
        var still = new RasterImage(10, 10, 1, new byte[100]);
        Assert.True(CineSelection.IsNearDuplicate(still, Raised(99)));
        Assert.False(CineSelection.IsNearDuplicate(still, Raised(100)));
        Assert.False(CineSelection.IsNearDuplicate(still, new RasterImage(5, 10, 1, new byte[50])));

        static RasterImage Raised(int pixels) => new(10, 10, 1, Enumerable.Range(0, 100).Select(i => (byte)(i < pixels ? 1 : 0)).ToArray());
    }
}
