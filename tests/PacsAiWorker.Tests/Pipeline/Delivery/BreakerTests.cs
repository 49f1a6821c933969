using PacsAiWorker.Pipeline.Delivery;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

public sealed class BreakerTests
{
    private static readonly DateTime Now = Rows.Time;

    [Fact]
    public void A_destination_that_fails_rests_longer_each_time_and_then_one_attempt_shows_whether_it_answers()
    {
        var breaker = default(Breaker);
        Assert.Equal(2, breaker.Room(2, Now));
        breaker = breaker.Failed(Now);
        Assert.Equal(0, breaker.Room(2, Now.AddSeconds(9)));
        Assert.Equal(1, breaker.Room(2, Now.AddSeconds(10)));
        breaker = breaker.Failed(Now.AddSeconds(10));
        Assert.Equal((2, Now.AddSeconds(30)), (breaker.Failures, breaker.RestsUntil));
    }

    [Fact]
    public void What_fails_beside_the_attempt_that_began_the_rest_does_not_lengthen_it() =>
        Assert.Equal(default(Breaker).Failed(Now), default(Breaker).Failed(Now).Failed(Now.AddSeconds(1)));

    [Fact]
    public void A_rest_doubles_from_ten_seconds_to_five_minutes() =>
        Assert.Equal([10, 20, 40, 80, 160, 300, 300], new[] { 1, 2, 3, 4, 5, 6, 1000 }.Select(n => (int)Breaker.Rest(n).TotalSeconds));
}
