using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Tests.Statistics.Intervals;

public sealed class IntervalTests
{
    [Fact]
    public void Intervals_contain_their_share_stay_within_zero_and_one_and_mirror()
    {
        for (var n = 1; n <= 40; n++)
            for (var k = 0; k <= n; k++)
                foreach (var interval in (Func<Proportion, Interval?>[])[p => p.Wilson(), p => p.ClopperPearson(), p => p.Wilson(.99)])
                {
                    Interval one = interval(new(k, n))!.Value, mirrored = interval(new(n - k, n))!.Value;
                    Assert.True(one.Contains((double)k / n) && one.Low >= 0 && one.High <= 1);
                    Assert.Equal(1 - one.Low, mirrored.High, 12);
                }
    }

    [Fact]
    public void Of_no_cases_nothing_is_known_and_a_part_above_the_whole_is_refused()
    {
        var none = new Proportion(0, 0);
        Assert.Equal((null, null, null), (none.Value, none.Wilson(), none.ClopperPearson()));
        Assert.Throws<ArgumentException>(() => new Proportion(2, 1));
        Assert.Throws<ArgumentException>(() => new Proportion(-1, 1));
    }

    [Fact]
    public void Shares_that_are_all_or_nothing_together_or_empty_have_no_z()
    {
        Assert.Null(TwoProportions.Compare(new(3, 3), new(4, 4)).Z);
        Assert.Null(TwoProportions.Compare(new(0, 0), new(4, 9)).P);
        Assert.Equal(1, TwoProportions.Compare(new(3, 9), new(1, 3)).P);
    }
}
