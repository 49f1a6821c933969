using PacsAiWorker.Pipeline.Work;

namespace PacsAiWorker.Tests.Pipeline.Work;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(1, 0.5, 2)]
    [InlineData(2, 0.5, 4)]
    [InlineData(5, 0.5, 32)]
    [InlineData(40, 0.5, 3600)]
    [InlineData(int.MaxValue, 0.5, 3600)]
    [InlineData(1, 0.0, 1.6)]
    [InlineData(1, 1.0, 2.4)]
    public void Delays_double_up_to_an_hour_with_a_jitter_of_a_fifth(int attempt, double random, double seconds) =>
        Assert.Equal(seconds, Backoff.Delay(attempt, random).TotalSeconds, 3);
}
