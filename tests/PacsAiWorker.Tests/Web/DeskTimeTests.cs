using PacsAiWorker.Records.Queries;
using PacsAiWorker.Tests.Inference;
using PacsAiWorker.Web;

namespace PacsAiWorker.Tests.Web;

public sealed class DeskTimeTests
{
    private static DeskTime In(string zone) => new(new DeskPlace("north", TimeZoneInfo.FindSystemTimeZoneById(zone), "0", "", new AbsenceLimits(default, default, default), default), new FixedClock(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero)));

    [Fact]
    public void Times_are_those_of_the_site() => Assert.Equal("2026-07-01 14:00", In("Europe/Vienna").Show(new DateTime(2026, 7, 1, 12, 0, 0, DateTimeKind.Utc)));

    [Fact]
    public void A_day_begins_at_the_site_s_midnight_also_where_clocks_jump_over_it()
    {
        Assert.Equal(new DateTime(2026, 6, 30, 22, 0, 0, DateTimeKind.Utc), In("Europe/Vienna").StartOf(new DateOnly(2026, 7, 1)));
        // In Lebanon clocks jump from midnight to one o'clock.
        Assert.Equal(new DateTime(2026, 3, 28, 22, 0, 0, DateTimeKind.Utc), In("Asia/Beirut").StartOf(new DateOnly(2026, 3, 29)));
    }

    [Theory]
    [InlineData(-5, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(3599, "59 min")]
    [InlineData(7500, "2 h 5 min")]
    [InlineData(90000, "1 d 1 h")]
    public void A_length_of_time_is_said_in_its_largest_units(int seconds, string words) => Assert.Equal(words, DeskTime.Length(TimeSpan.FromSeconds(seconds)));
}
