using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Paired;

namespace PacsAiWorker.Tests.Statistics.Golden;

/// <summary>Cheng and Malhi, Journal of Digital Imaging 2017: 1423 test images.</summary>
public sealed class AbdominalViewsTests
{
    private const int Images = 1423, CaffeNet = 1100, Vgg = 1109, Radiologist = 1020;

    [Theory]
    [InlineData(CaffeNet, 77.3015, 75.05, 79.40, 75.03, 79.45)]
    [InlineData(Vgg, 77.9339, 75.71, 80.01, 75.69, 80.06)]
    [InlineData(Radiologist, 71.6796, 69.28, 73.96, 69.26, 74.01)]
    [InlineData(1287, 90.4427, 88.80, 91.86, 88.80, 91.92)]
    [InlineData(1276, 89.6697, 87.98, 91.15, 87.97, 91.20)]
    public void Accuracies_and_their_intervals(int correct, double percent, double wilsonLow, double wilsonHigh, double exactLow, double exactHigh)
    {
        var share = new Proportion(correct, Images);
        Interval wilson = share.Wilson()!.Value, exact = share.ClopperPearson()!.Value;
        Assert.Equal(percent, Math.Round(100 * share.Value!.Value, 4));
        Assert.Equal([wilsonLow, wilsonHigh, exactLow, exactHigh], new[] { wilson.Low, wilson.High, exact.Low, exact.High }.Select(x => Math.Round(100 * x, 2)));
    }

    [Theory]
    [InlineData(CaffeNet, Radiologist, 3.440101, .000581)]
    [InlineData(Vgg, Radiologist, 3.842909, .000122)]
    [InlineData(CaffeNet, Vgg, -.404755, .685657)]
    [InlineData(1287, 1276, .689037, .490800)]
    public void Two_shares_compared_as_if_independent(int first, int second, double z, double p)
    {
        var test = TwoProportions.Compare(new(first, Images), new(second, Images));
        Assert.Equal((z, p), (Math.Round(test.Z!.Value, 6), Math.Round(test.P!.Value, 6)));
    }

    /// <summary>Whether the paper's p &lt; .001 holds paired depends on how many images the two have differently.</summary>
    [Theory]
    [InlineData(CaffeNet, 591, 576, 726)]
    [InlineData(Vgg, 731, 715, 717)]
    public void The_paired_test_stays_below_one_in_a_thousand_up_to_so_many_discordant_images(int correct, int plain, int corrected, int possible)
    {
        var surplus = correct - Radiologist;
        Assert.Equal(possible, Images - correct + Images - Radiologist); // none that both have wrong
        foreach (var (most, p) in ((int, Func<McNemar, double?>)[])[(plain, m => m.P), (corrected, m => m.CorrectedP)])
        {
            var reachable = most - (most - surplus) % 2; // discordant images are the surplus and pairs beyond it
            Assert.True(p(With(reachable)) < .001);
            Assert.False(p(With(reachable + 2)) < .001);
        }

        McNemar With(int discordant) => new((discordant + surplus) / 2, (discordant - surplus) / 2);
    }
}
