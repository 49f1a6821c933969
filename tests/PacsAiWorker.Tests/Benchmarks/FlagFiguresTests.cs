using PacsAiWorker.Benchmarks.Flag;

namespace PacsAiWorker.Tests.Benchmarks;

public sealed class FlagFiguresTests
{
    private static FlagSample Flagged(double seconds, double image = 0.05) => new(seconds, image, null);

    private static FlagSample Scored(double at) => new(0, 0, at);

    private static FlagFigures Of(IEnumerable<double> idle, IEnumerable<double> stat) => new([.. idle.Select(s => Flagged(s))], [], [.. stat.Select(s => Flagged(s))]);

    [Fact]
    public void The_limit_of_an_idle_worker_is_three_images_and_100_ms() => Assert.Equal(0.25, Of([0.1], []).IdleLimit!.Value, 9);

    [Theory]
    [InlineData(0.2, 0.8, true)]
    [InlineData(0.5, 2, false)]
    public void The_idle_bar_is_a_ratio_to_that_limit(double seconds, double ratio, bool isMet)
    {
        var bar = Of([seconds], []).Bars[0];
        Assert.Equal((ratio, isMet), (Math.Round(bar.Measured!.Value, 9), bar.IsMet));
    }

    [Fact]
    public void The_STAT_bar_is_a_ratio_to_two_seconds_at_the_95th_percentile() =>
        Assert.Equal(0.5, Of([0.1], Enumerable.Repeat(1.0, 19).Append(50)).Bars[1].Measured);

    [Fact]
    public void Saturation_is_what_was_scored_between_the_first_and_the_last() => Assert.Equal(2, new FlagFigures([], [Scored(3), Scored(1), Scored(2), Scored(1.5), Scored(2.5)], []).Saturation);

    [Fact]
    public void A_run_in_which_a_study_was_not_flagged_meets_no_bar()
    {
        var figures = new FlagFigures([Flagged(0.1), new FlagSample(null, 0, null)], [], [Flagged(0.1)]);
        Assert.Equal((1, false, "not measured"), (figures.Unflagged, figures.Bars.Any(b => b.IsMet), figures.Bars[0].Verdict));
    }

    [Fact]
    public void Of_nothing_nothing_is_measured() => Assert.All(new FlagFigures([], [], []).Bars, b => Assert.Null(b.Measured));
}
