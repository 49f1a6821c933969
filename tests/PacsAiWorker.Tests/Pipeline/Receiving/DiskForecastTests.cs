using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class DiskForecastTests
{
    private const long GiB = 1L << 30;

    private static readonly DateTime Now = Rows.Time;

    [Fact]
    public void Without_retention_the_room_is_used_up_day_by_day()
    {
        Assert.Equal(11, DiskForecast.DaysUntilMark(10 * GiB, GiB, 0, []));
        Assert.Null(DiskForecast.DaysUntilMark(1000 * GiB, GiB, 0, []));
        Assert.Null(DiskForecast.DaysUntilMark(0, 0, 0, []));
        Assert.Equal(0, DiskForecast.DaysUntilMark(-1, 0, 30, []));
    }

    [Fact]
    public void What_comes_goes_again_after_the_days_set() => Assert.Null(DiskForecast.DaysUntilMark(31 * GiB, GiB, 30, []));

    [Fact]
    public void Days_that_are_more_than_the_room_holds_fill_the_disk() => Assert.Equal(21, DiskForecast.DaysUntilMark(20 * GiB, GiB, 30, []));

    [Fact]
    public void What_goes_soon_makes_room() => Assert.Equal(16, DiskForecast.DaysUntilMark(10 * GiB, GiB, 30, [(3 * GiB, 2), (2 * GiB, -4)]));

    [Fact]
    public void What_something_holds_never_makes_room()
    {
        var old = Now.AddDays(-40);
        SegmentLook[] looks =
        [
            new(Guid.NewGuid(), 1, old, SegmentHold.None), new(Guid.NewGuid(), 2, Now.AddDays(-20), SegmentHold.Young), new(Guid.NewGuid(), 4, old, SegmentHold.Open),
            new(Guid.NewGuid(), 8, old, SegmentHold.Working), new(Guid.NewGuid(), 16, old, SegmentHold.Undelivered), new(Guid.NewGuid(), 32, old, SegmentHold.Parked), new(Guid.NewGuid(), 64, old, SegmentHold.Problem),
        ];
        Assert.Equal([(1, -10), (2, 10)], DiskForecast.Goes(looks, 30, Now));
        Assert.Empty(DiskForecast.Goes(looks, 0, Now));
    }

    [Fact]
    public void The_rate_is_over_the_days_since_the_first_came_at_most_two_weeks()
    {
        Assert.Equal(10, DiskRate.PerDay(140, Now.AddDays(-14), Now));
        Assert.Equal(70, DiskRate.PerDay(140, Now.AddDays(-2), Now));
        Assert.Equal(140, DiskRate.PerDay(140, Now.AddHours(-2), Now));
    }

    [Fact]
    public void The_name_of_a_segment_says_when_it_was_begun() => Assert.Equal(Now, DiskRate.BegunAt(Guid.CreateVersion7(new DateTimeOffset(Now))));
}
