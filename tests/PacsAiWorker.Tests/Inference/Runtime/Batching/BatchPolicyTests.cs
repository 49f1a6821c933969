using PacsAiWorker.Inference.Runtime.Batching;

namespace PacsAiWorker.Tests.Inference.Runtime.Batching;

public sealed class BatchPolicyTests
{
    private static readonly BatchOptions Options = BatchOptions.Default;

    [Fact]
    public void Nothing_waiting_is_nobodys_turn() => Assert.Equal(-1, Choose(1, View(0, waiting: 0), View(0, waiting: 0)));

    [Fact]
    public void A_STAT_image_goes_before_any_backlog() => Assert.Equal(1, Choose(1, View(2, waiting: 500), View(0, served: 99)));

    [Fact]
    public void Networks_of_equal_urgency_take_turns_by_the_time_that_they_had() => Assert.Equal(2, Choose(1, View(2, served: 5), View(2, served: 4), View(2, served: 3)));

    [Fact]
    public void Every_so_many_batches_go_to_who_waited_too_long()
    {
        QueueView[] views = [View(0), View(3, wait: Options.MostWait + TimeSpan.FromSeconds(1))];
        Assert.Equal(0, Choose(Options.AgedTurn - 1, views));
        Assert.Equal(1, Choose(Options.AgedTurn, views));
        Assert.True(BatchPolicy.TakesOldest(views[1], Options.AgedTurn, Options));
        Assert.False(BatchPolicy.TakesOldest(views[1], Options.AgedTurn + 1, Options));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(5, 8)]
    [InlineData(9, 8)]
    public void A_batch_runs_in_the_smallest_size_that_holds_it(int rows, int bucket) => Assert.Equal(bucket, BatchPolicy.Bucket([1, 2, 4, 8], rows));

    private static int Choose(long batch, params QueueView[] views) => BatchPolicy.Choose(views, batch, Options);

    private static QueueView View(int tier, int waiting = 1, TimeSpan wait = default, int served = 0) => new(tier, waiting, wait, TimeSpan.FromSeconds(served));
}
