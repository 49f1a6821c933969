using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Tests.Statistics.Studies;

public sealed class StudyTests
{
    private static readonly double[] Scores = [.8, .3, .2, .1, .6, .4];

    [Theory]
    [InlineData("max", .8, true)]
    [InlineData("mean", .4, false)]
    [InlineData("noisy-or", .975808, true)]
    [InlineData("proportion:0.3", .333333, true)]
    [InlineData("proportion:0.5", .333333, false)]
    public void A_study_is_judged_by_its_images(string rule, double score, bool flagged)
    {
        var verdict = StudyAggregation.Parse(rule)!.Judge(Scores, .5);
        Assert.Equal((score, flagged, false), (Math.Round(verdict.Score, 6), verdict.Flagged, verdict.FellBack));
    }

    [Fact]
    public void A_score_at_the_threshold_is_flagged() => Assert.True(StudyAggregation.Parse("max")!.Judge([.5], .5).Flagged);

    [Fact]
    public void A_proportion_of_two_images_falls_back_to_the_highest_and_says_so()
    {
        var verdict = StudyAggregation.Parse("proportion:0.9")!.Judge([.6, .1], .5);
        Assert.Equal(new StudyVerdict(.6, true, true), verdict);
    }

    [Theory]
    [InlineData("median")]
    [InlineData("proportion:")]
    [InlineData("proportion:0")]
    [InlineData("proportion:1.1")]
    [InlineData("proportion:NaN")]
    public void What_is_no_rule_is_none(string text) => Assert.Null(StudyAggregation.Parse(text));

    [Fact]
    public void Expected_flags_follow_prevalence_sensitivity_and_specificity()
    {
        var flags = ExpectedFlags.Of(new BinaryCounts(90, 10, 30, 170), .1);
        Assert.Equal((22.5, 9, 1), (Math.Round(flags.Flags!.Value, 12), Math.Round(flags.TrueFlags!.Value, 12), Math.Round(flags.Missed!.Value, 12)));
        Assert.True(flags.Interval!.Value.Contains(22.5) && flags.Interval.Value.Low > 15 && flags.Interval.Value.High < 30);
        Assert.Null(ExpectedFlags.Of(new BinaryCounts(0, 0, 3, 3), .1).Flags);
        Assert.Throws<ArgumentOutOfRangeException>(() => ExpectedFlags.Of(new BinaryCounts(1, 1, 1, 1), 2));
    }

    [Fact]
    public void The_highest_of_many_images_flags_most_negative_studies()
    {
        var images = Enumerable.Range(0, 30).Select(i => i / 33.0).ToArray(); // 90 % of single images lie below the threshold
        Assert.Equal(27, images.Count(s => s < .8));
        Assert.True(StudyAggregation.Parse("max")!.Judge(images, .8).Flagged);
    }

    [Fact]
    public void The_cut_of_a_proportion_lies_between_the_shares_of_training_studies()
    {
        static IReadOnlyCollection<double> Images(int above, int all) => [.. Enumerable.Range(0, all).Select(i => i < above ? .9 : .1)];
        var training = new[] { (false, Images(0, 10)), (false, Images(2, 10)), (true, Images(4, 10)), (true, Images(9, 10)), (true, Images(0, 2)) };
        Assert.Equal(.3, ThresholdSearch.Proportion(training, .5)!.Value, 12);
        Assert.Null(ThresholdSearch.Proportion([(true, Images(1, 3))], .5));
        Assert.Equal(.7, ThresholdSearch.Youden([(true, .7), (true, .9), (false, .2), (false, .6)]));
    }
}
