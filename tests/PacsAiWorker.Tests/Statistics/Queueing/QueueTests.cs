using PacsAiWorker.Statistics.Queueing;

namespace PacsAiWorker.Tests.Statistics.Queueing;

public sealed class QueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Order_of_reading_moves_waits_but_not_their_mean(int readers)
    {
        var queue = new TriageQueue(readers, 3, .5 * readers, 2 * readers);
        var (flagged, other) = queue.NonPreemptiveWaits!.Value;
        Assert.Equal(queue.FifoWait!.Value, (.5 * flagged + 2 * other) / 2.5, 12);
        Assert.True(flagged < queue.FifoWait && queue.FifoWait < other);
        var times = queue.PreemptiveTimes!.Value;
        Assert.True(times.Flagged < flagged + 1.0 / 3);
    }

    [Fact]
    public void Two_readers_at_half_load_wait_a_third_of_a_reading() => Assert.Equal(1 / 3.0, new TriageQueue(2, 1, 0, 1).FifoWait!.Value, 12);

    [Fact]
    public void A_queue_that_grows_for_ever_has_no_wait()
    {
        var queue = new TriageQueue(1, 1, .5, .5);
        Assert.Equal((null, null, null), (queue.FifoWait, queue.NonPreemptiveWaits, queue.PreemptiveTimes));
        Assert.Null(TriageQueue.Saving(1, 1, 1, .1, .9, .9));
    }

    [Fact]
    public void A_perfect_flag_saves_time_and_flagging_all_or_none_saves_nothing()
    {
        Assert.Equal(1 / .9 * .9 - 9, TriageQueue.Saving(1, 1, .9, 1.0 / 9, 1, 1)!.Value, 9);
        Assert.Equal(0, TriageQueue.Saving(1, 1, .9, .1, 1, 0)!.Value, 9);
        Assert.Equal(0, TriageQueue.Saving(1, 1, .9, .1, 0, 1)!.Value, 9);
    }

    [Fact]
    public void Times_to_notification()
    {
        var times = TimeToNotification.Of(Enumerable.Range(1, 21).Select(i => (double)i));
        Assert.Equal((21, 11, 11, 20), (times.Count, times.Mean, times.Median, times.P95));
        Assert.Equal(2 * 2.0859634472658364 * Math.Sqrt(38.5 / 21), times.MeanInterval!.Value.High - times.MeanInterval.Value.Low, 10);
        Assert.Null(TimeToNotification.Of([]).Mean);
        Assert.Null(TimeToNotification.Of([3]).MeanInterval);
    }
}
