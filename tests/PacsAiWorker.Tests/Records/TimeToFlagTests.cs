using PacsAiWorker.Records.Queries;

namespace PacsAiWorker.Tests.Records;

public sealed class TimeToFlagTests
{
    private static readonly DateTime Door = new(2026, 11, 22, 10, 0, 0, DateTimeKind.Utc);

    private static DateTime After(double seconds) => Door.AddSeconds(seconds);

    [Fact]
    public void Each_step_counts_from_the_last_image()
    {
        var times = TimeToFlag.Of(new StudyMilestones([After(-20), Door]) { ScoredAt = After(2), FlaggedAt = After(2.5), DecidedAt = After(60), StoredAt = After(62), CommittedAt = After(63) })!;
        Assert.Equal(new TimeToFlag(Door, 2, 2.5, 60, 62, 63, IsSkewed: false), times);
    }

    [Fact]
    public void An_image_that_comes_after_the_flag_makes_the_flag_no_slower_and_the_report_waits_for_it()
    {
        var times = TimeToFlag.Of(new StudyMilestones([Door, After(30)]) { FlaggedAt = After(3), DecidedAt = After(90), StoredAt = After(91) })!;
        Assert.Equal((3, 60, 61, false), (times.SecondsToFlag, times.SecondsToDecision, times.SecondsToStored, times.IsSkewed));
    }

    [Fact]
    public void A_step_that_seems_to_come_before_its_images_counts_as_nothing_and_is_called_skewed()
    {
        var times = TimeToFlag.Of(new StudyMilestones([Door]) { ScoredAt = After(-0.2), FlaggedAt = After(-0.1) })!;
        Assert.Equal((0, 0, true), (times.SecondsToScore, times.SecondsToFlag, times.IsSkewed));
    }

    [Fact]
    public void What_has_not_happened_has_no_time_and_a_study_without_images_none_at_all()
    {
        Assert.Equal(new TimeToFlag(Door, null, null, null, null, null, IsSkewed: false), TimeToFlag.Of(new StudyMilestones([Door])));
        Assert.Null(TimeToFlag.Of(new StudyMilestones([])));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(20, 10, 19)]
    [InlineData(100, 50, 95)]
    public void Percentiles_are_studies_that_there_were(int count, double p50, double p95) =>
        Assert.Equal(new StepTimes(count, p50, p95), StepTimes.Of(Enumerable.Range(1, count).Reverse().Select(i => (double?)i).Append(null)));

    [Fact]
    public void Of_no_study_there_is_no_percentile() => Assert.Equal(new StepTimes(0, null, null), StepTimes.Of([null]));
}
