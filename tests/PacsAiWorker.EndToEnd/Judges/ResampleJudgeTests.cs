using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>
/// Pillow rounds to whole grey levels after either pass, we never round. So a difference of half a level may come from its last pass and
/// half a level, times the sum of the absolute weights, from its first: 1 level, and a little more where weights are negative.
/// </summary>
public sealed class ResampleJudgeTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder folder = new("resample");

    public void Dispose() => folder.Dispose();

    /// <summary>Noise is the worst picture there is: every weight shows, and the cubic filter overshoots everywhere.</summary>
    [Theory]
    [InlineData(Interpolation.Nearest, 0)]
    [InlineData(Interpolation.Area, 1.001)]
    [InlineData(Interpolation.Bilinear, 1.001)]
    [InlineData(Interpolation.Bicubic, 1.15)]
    public async Task Resized_pictures_are_those_of_Pillow(Interpolation interpolation, double mostLevels)
    {
        var random = new Random(8);
        var cases = new List<ResampleCase>();
        foreach (var channels in (int[])[1, 3])
            foreach (var (width, height, w, h) in (ReadOnlySpan<(int, int, int, int)>)
                [(800, 600, 224, 224), (511, 383, 224, 224), (97, 301, 96, 100), (61, 41, 150, 99), (33, 47, 33, 47), (1, 7, 5, 5), (9, 1, 6, 6)])
            {
                var stretch = ResampleCase.Of(Noise(random, width, height, channels), w, h, interpolation);
                cases.Add(stretch);
                if (interpolation == Interpolation.Nearest)
                    continue; // the sides of the other modes lay pixels on borders: see below
                cases.Add(stretch with { Rule = stretch.Rule with { Mode = ResizeMode.Letterbox, Pad = 114 } });
                cases.Add(stretch with { Rule = stretch.Rule with { Mode = ResizeMode.ShortSideCentreCrop, ShortSide = Math.Max(w, h) + 17 } });
            }

        var (most, mostRounded) = await DifferenceAsync(cases);
        output.WriteLine($"{interpolation}: at most {most:F4} levels, {mostRounded} when ours are rounded");
        Assert.InRange(most, 0, mostLevels);
        Assert.InRange(mostRounded, 0, interpolation == Interpolation.Nearest ? 0 : 1);
    }

    /// <summary>A pixel on the border of two boxes, or a filter one pixel too short, would show as tens of levels.</summary>
    [Theory]
    [InlineData(Interpolation.Area, 0.501)]
    [InlineData(Interpolation.Bilinear, 0.501)]
    [InlineData(Interpolation.Bicubic, 0.501)]
    public async Task Lines_of_every_length_are_those_of_Pillow(Interpolation interpolation, double mostLevels)
    {
        const int Longest = 72;
        var random = new Random(9);
        var cases = new List<ResampleCase>();
        for (var source = 1; source <= Longest; source++)
            for (var target = 1; target <= Longest; target++)
                cases.Add(ResampleCase.Of(Noise(random, source, 1, 1), target, 1, interpolation));
        var (most, _) = await DifferenceAsync(cases);
        output.WriteLine($"{interpolation}: at most {most:F4} levels in {cases.Count} lines");
        Assert.InRange(most, 0, mostLevels);
    }

    /// <summary>
    /// Where a target pixel's centre lies exactly on the border of two source pixels, rounding errors choose one of them: Pillow sums its steps
    /// up, we multiply.
    /// </summary>
    [Fact]
    public async Task Nearest_is_that_of_Pillow_except_on_the_very_border_of_two_pixels()
    {
        const int Longest = 128;
        var cases = new List<ResampleCase>();
        for (var source = 1; source <= Longest; source++)
            for (var target = 1; target <= Longest; target++)
                cases.Add(ResampleCase.Of(new RasterImage(source, 1, 1, Enumerable.Range(0, source).Select(i => (byte)i).ToArray()), target, 1, Interpolation.Nearest));
        var theirs = await ResampleJudge.ResizeAsync(cases, folder.Path);
        int pixels = 0, borders = 0, others = 0;
        foreach (var (each, their) in cases.Zip(theirs))
        {
            var ours = each.Ours();
            for (var i = 0; i < ours.Length; i++)
            {
                var isBorder = (2 * i + 1) * each.Image.Width % (2 * ours.Length) == 0;
                Assert.True(ours[i] == their[i] || isBorder && Math.Abs(ours[i] - their[i]) == 1, $"{each.Image.Width} to {ours.Length}, pixel {i}: {ours[i]} and {their[i]}");
                pixels++;
                borders += isBorder ? 1 : 0;
                others += ours[i] == their[i] ? 0 : 1;
            }
        }

        output.WriteLine($"{others} of {pixels} pixels differ, {borders} lie on a border");
    }

    /// <summary>The most by which ours, not rounded and rounded, differ from Pillow's.</summary>
    private async Task<(double Most, int Rounded)> DifferenceAsync(List<ResampleCase> cases)
    {
        var theirs = await ResampleJudge.ResizeAsync(cases, folder.Path);
        var (most, rounded) = (0.0, 0);
        foreach (var (each, their) in cases.Zip(theirs))
            foreach (var (one, other) in each.Ours().Zip(their))
            {
                most = Math.Max(most, Math.Abs(one - other));
                rounded = Math.Max(rounded, Math.Abs((int)Math.Round(one) - other));
            }

        return (most, rounded);
    }

    private static RasterImage Noise(Random random, int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        random.NextBytes(pixels);
        return new RasterImage(width, height, channels, pixels);
    }
}
