using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;

namespace PacsAiWorker.Tests.Inference.Runtime.Batching;

public sealed class DeviceExecutorTests : IDisposable
{
    private const int Stat = 0, Routine = 2, Backfill = 3;

    private static readonly TimeSpan Each = TimeSpan.FromMilliseconds(4), PerRow = TimeSpan.FromMilliseconds(1);

    private readonly VirtualClock _clock = new();
    private readonly DeviceExecutor _executor;
    private readonly List<SimulatedDevice> _devices = [];

    public DeviceExecutorTests() => _executor = new DeviceExecutor(BatchOptions.Default, _clock);

    [Fact]
    public async Task One_image_does_not_wait_for_company()
    {
        var queue = Attach(1, 2, 4, 8);
        using var item = await SubmitAsync(queue, Routine, 21);
        Assert.True(_executor.Step());
        Assert.Equal((BatchOutcome.Scored, 42f, 1), (item.Outcome, item.Output[0], item.Bucket));
        Assert.Equal((TimeSpan.Zero, Each + PerRow), (item.Waited, item.Ran));
        Assert.False(_executor.Step());
    }

    [Fact]
    public async Task What_waits_when_the_device_is_free_goes_together_and_each_gets_its_own_answer()
    {
        var queue = Attach(1, 2, 4, 8);
        var items = await SubmitManyAsync(queue, Routine, 1, 2, 3, 4, 5, 6, 7);
        Steps();
        Assert.Equal([8], _devices[0].Batches.Select(b => b.Bucket));
        Assert.All(items, i => Assert.Equal((BatchOutcome.Scored, 7), (i.Outcome, i.Rows)));
        Assert.Equal([2f, 4, 6, 8, 10, 12, 14], items.Select(i => i.Output[0]));
        Dispose(items);
    }

    [Fact]
    public async Task Places_that_lie_apart_give_the_same_answers()
    {
        var queue = Attach(1, 2, 4, 8);
        var first = await SubmitManyAsync(queue, Routine, 1, 2, 3);
        Steps();
        first[1].Dispose();
        var more = await SubmitManyAsync(queue, Routine, [.. Enumerable.Range(10, 14).Select(i => (float)i)]);
        Steps();
        Assert.Equal(Enumerable.Range(10, 14).Select(i => 2f * i), more.Select(i => i.Output[0]));
        Dispose([first[0], first[2], .. more]);
    }

    [Fact]
    public async Task A_STAT_image_waits_for_one_batch_and_takes_routine_ones_along()
    {
        var queue = Attach(1, 2, 4);
        var routine = await SubmitManyAsync(queue, Routine, 1, 2, 3, 4, 5, 6);
        Assert.True(_executor.Step());
        var stat = await SubmitAsync(queue, Stat, 100);
        Assert.True(_executor.Step());
        Assert.Equal(BatchOutcome.Scored, stat.Outcome);
        Assert.Equal(100, _devices[0].Batches[1].Firsts[0]);
        Assert.Equal(4, _devices[0].Batches[1].Bucket);
        Dispose([.. routine, stat]);
    }

    [Fact]
    public async Task When_every_place_is_taken_by_routine_images_a_STAT_image_still_gets_one()
    {
        var queue = Attach(1, 2);
        var routine = await SubmitManyAsync(queue, Routine, 1, 2, 3, 4);
        Assert.Null(queue.TryLease(Routine));
        var stat = queue.LeaseAsync(Stat, default);
        Assert.True(stat.IsCompletedSuccessfully);
        (await stat).Dispose();
        Steps();
        Dispose(routine);
    }

    [Fact]
    public async Task Two_networks_share_the_device_by_time_and_not_by_number()
    {
        var quick = Attach(TimeSpan.Zero, TimeSpan.FromMilliseconds(1), 1);
        var slow = Attach(TimeSpan.Zero, TimeSpan.FromMilliseconds(10), 1);
        var (quickItem, slowItem) = (await SubmitAsync(quick, Routine, 1), await SubmitAsync(slow, Routine, 1));
        for (var i = 0; i < 110; i++)
        {
            Assert.True(_executor.Step());
            (quickItem, slowItem) = (await AgainAsync(quick, quickItem), await AgainAsync(slow, slowItem));
        }
        Assert.InRange(_devices[0].Batches.Count / (double)_devices[1].Batches.Count, 8, 12);
        Steps();
        Dispose(quickItem, slowItem);
    }

    [Fact]
    public async Task Backfill_is_not_starved_by_a_stream_of_STAT_images()
    {
        var queue = Attach(1);
        var backfill = await SubmitAsync(queue, Backfill, 1);
        _clock.Advance(BatchOptions.Default.MostWait + TimeSpan.FromSeconds(1));
        var batches = 0;
        for (; backfill.Outcome == BatchOutcome.None; batches++)
        {
            using var stat = await SubmitAsync(queue, Stat, 2);
            Assert.True(_executor.Step());
            if (stat.Outcome == BatchOutcome.None)
                Assert.True(_executor.Step());
        }
        Assert.InRange(batches, 1, BatchOptions.Default.AgedTurn);
        backfill.Dispose();
    }

    [Fact]
    public async Task A_batch_that_would_run_too_long_is_made_smaller()
    {
        var queue = Attach(TimeSpan.Zero, TimeSpan.FromMilliseconds(40), 1, 2, 4);
        for (var i = 0; i < 2; i++)
        {
            var items = await SubmitManyAsync(queue, Routine, 1, 2, 3, 4);
            Steps();
            Dispose(items);
        }
        Assert.Equal([4, 2, 2], _devices[0].Batches.Select(b => b.Bucket));
    }

    [Fact]
    public async Task A_poison_image_stops_alone()
    {
        var queue = Attach(1, 2, 4);
        var items = await SubmitManyAsync(queue, Routine, 1, SimulatedDevice.Poison, 3);
        Steps();
        Assert.Equal([BatchOutcome.Scored, BatchOutcome.Refused, BatchOutcome.Scored], items.Select(i => i.Outcome));
        Assert.Equal("poison", items[1].Why);
        Dispose(items);
    }

    [Fact]
    public async Task A_value_that_is_not_a_number_is_its_own_images_fault()
    {
        var queue = Attach(1, 2, 4);
        var items = await SubmitManyAsync(queue, Routine, 1, SimulatedDevice.NotANumber, 3);
        Steps();
        Assert.Equal([BatchOutcome.Scored, BatchOutcome.NotFinite, BatchOutcome.Scored], items.Select(i => i.Outcome));
        Dispose(items);
    }

    [Fact]
    public async Task A_device_without_memory_gets_smaller_batches_for_a_while()
    {
        var queue = Attach(1, 2, 4);
        _devices[0].Memory = 2;
        var items = await SubmitManyAsync(queue, Routine, 1, 2, 3, 4);
        Steps();
        Assert.All(items, i => Assert.Equal(BatchOutcome.Scored, i.Outcome));
        Dispose(items);
        Assert.Equal([4, 2, 2], _devices[0].Batches.Select(b => b.Bucket));

        _devices[0].Memory = 4;
        items = await SubmitManyAsync(queue, Routine, 1, 2, 3, 4);
        Steps();
        Dispose(items);
        _clock.Advance(BatchOptions.Default.SmallAgain);
        items = await SubmitManyAsync(queue, Routine, 1, 2, 3, 4);
        Steps();
        Dispose(items);
        Assert.Equal([4, 2, 2, 2, 2, 4], _devices[0].Batches.Select(b => b.Bucket));
    }

    [Fact]
    public async Task A_lost_session_is_opened_again_and_what_it_ran_is_to_be_tried_again()
    {
        var queue = Attach(1, 2);
        var items = await SubmitManyAsync(queue, Routine, SimulatedDevice.Unplugs, 2, 3);
        Steps();
        Assert.Equal([BatchOutcome.DeviceLost, BatchOutcome.DeviceLost, BatchOutcome.Scored], items.Select(i => i.Outcome));
        Assert.Equal((1, true, 2), (queue.Reopened, _devices[0].IsDisposed, _devices.Count));
        Assert.Null(queue.Trouble);
        Dispose(items);
    }

    [Fact]
    public async Task A_session_that_cannot_be_opened_again_says_so_and_nobody_waits_for_it()
    {
        var queue = Attach(() => _devices.Count < 1 ? Device(Each, PerRow, 1) : throw new DeviceFaultException(DeviceFault.Lost, "no device"));
        var items = await SubmitManyAsync(queue, Routine, SimulatedDevice.Unplugs, 2);
        Steps();
        Assert.All(items, i => Assert.Equal(BatchOutcome.DeviceLost, i.Outcome));
        Assert.Equal("no device", queue.Trouble);
        Dispose(items);
        using var later = await queue.LeaseAsync(Routine, default);
        later.Submit();
        await later.DoneAsync();
        Assert.Equal((BatchOutcome.DeviceLost, "no device"), (later.Outcome, later.Why));
    }

    [Fact]
    public async Task A_device_lost_for_good_in_the_middle_of_a_divided_batch_is_not_run_again()
    {
        var queue = Attach(() => _devices.Count < 1 ? Device(Each, PerRow, 1, 2, 4) : throw new DeviceFaultException(DeviceFault.Lost, "no device"));
        _devices[0].Memory = 2;
        var items = await SubmitManyAsync(queue, Routine, SimulatedDevice.Unplugs, 1, 2, 3);
        Steps();
        Assert.All(items, i => Assert.Equal(BatchOutcome.DeviceLost, i.Outcome));
        Dispose(items);
    }

    [Fact]
    public async Task A_fault_that_nobody_thought_of_stops_its_image_and_not_the_device()
    {
        var queue = Attach(1, 2, 4);
        var items = await SubmitManyAsync(queue, Routine, 1, SimulatedDevice.Bug, 3);
        Steps();
        Assert.Equal([BatchOutcome.Scored, BatchOutcome.Refused, BatchOutcome.Scored], items.Select(i => i.Outcome));
        Assert.Contains("a bug", items[1].Why, StringComparison.Ordinal);
        Dispose(items);
    }

    [Fact]
    public async Task What_still_waits_at_the_end_is_told_so()
    {
        var queue = Attach(1, 2);
        var item = await SubmitAsync(queue, Routine, 1);
        _executor.Dispose();
        Assert.Equal(BatchOutcome.DeviceLost, item.Outcome);
        Assert.True(_devices[0].IsDisposed);
    }

    [Fact]
    public async Task A_network_taken_out_of_use_finishes_what_was_begun_and_takes_nothing_new()
    {
        var queue = Attach(1, 2);
        var item = await SubmitAsync(queue, Routine, 1);
        var closing = queue.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ModelReplacedException>(async () => await queue.LeaseAsync(Routine, default));
        Steps();
        Assert.Equal(BatchOutcome.Scored, item.Outcome);
        Assert.False(closing.IsCompleted || _devices[0].IsDisposed);
        item.Dispose();
        await closing;
        Assert.True(_devices[0].IsDisposed);
    }

    [Fact]
    public async Task Whatever_comes_in_whatever_order_each_item_gets_its_own_answer_once()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var queues = new[] { Attach(1, 2, 4, 8), Attach(1, 3), Attach(2, 4) };
            foreach (var device in _devices.TakeLast(3).Where(_ => random.Next(3) == 0))
                device.Memory = 2;
            var open = new List<(BatchItem Item, float Value)>();
            var number = 1;
            for (var i = 0; i < 300; i++)
            {
                var queue = queues[random.Next(queues.Length)];
                if (random.Next(3) > 0 && queue.TryLease(random.Next(4)) is { } item)
                {
                    var value = random.Next(30) == 0 ? SimulatedDevice.Poison : random.Next(30) == 0 ? SimulatedDevice.NotANumber : number++;
                    item.Input.Fill(value);
                    item.Submit();
                    open.Add((item, value));
                }
                else if (_executor.Step())
                {
                    Check(open, random);
                }
            }
            Steps();
            Check(open, null);
            Assert.Empty(open);
            foreach (var queue in queues)
                await queue.DisposeAsync();
        }
    }

    [Fact]
    public async Task Nothing_managed_is_allocated_for_an_image_in_its_batch()
    {
        var queue = Attach(new QuietDevice());
        async Task RunAsync(int images)
        {
            for (var i = 0; i < images; i++)
            {
                using var item = await queue.LeaseAsync(Routine, default);
                item.Input.Fill(1);
                item.Submit();
                _executor.Step();
                await item.DoneAsync();
            }
        }

        await RunAsync(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await RunAsync(1000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    public void Dispose() => _executor.Dispose();

    private static void Check(List<(BatchItem Item, float Value)> open, Random? random)
    {
        foreach (var (item, value) in open.ToList())
        {
            if (item.Outcome == BatchOutcome.None)
                continue;
            var expected = value switch { SimulatedDevice.Poison => BatchOutcome.Refused, SimulatedDevice.NotANumber => BatchOutcome.NotFinite, _ => BatchOutcome.Scored };
            Assert.Equal(expected, item.Outcome);
            if (expected == BatchOutcome.Scored)
                Assert.Equal(2 * value, item.Output[0]);
            if (random is null || random.Next(2) == 0)
            {
                item.Dispose();
                open.Remove((item, value));
            }
        }
    }

    private ModelQueue Attach(params int[] buckets) => Attach(Each, PerRow, buckets);

    private ModelQueue Attach(TimeSpan each, TimeSpan perRow, params int[] buckets) => Attach(() => Device(each, perRow, buckets));

    private ModelQueue Attach(IBatchDevice device) => Attach(() => device);

    private ModelQueue Attach(Func<IBatchDevice> open) => _executor.Attach(open);

    private SimulatedDevice Device(TimeSpan each, TimeSpan perRow, params int[] buckets)
    {
        _devices.Add(new SimulatedDevice(_clock, each, perRow, buckets));
        return _devices[^1];
    }

    private static async Task<BatchItem> SubmitAsync(ModelQueue queue, int tier, float value)
    {
        var item = await queue.LeaseAsync(tier, default);
        item.Input.Fill(value);
        item.Submit();
        return item;
    }

    private static async Task<IReadOnlyList<BatchItem>> SubmitManyAsync(ModelQueue queue, int tier, params float[] values)
    {
        var items = new List<BatchItem>();
        foreach (var value in values)
            items.Add(await SubmitAsync(queue, tier, value));
        return items;
    }

    private static async Task<BatchItem> AgainAsync(ModelQueue queue, BatchItem item)
    {
        if (item.Outcome == BatchOutcome.None)
            return item;
        item.Dispose();
        return await SubmitAsync(queue, Routine, 1);
    }

    private void Steps()
    {
        while (_executor.Step())
        {
        }
    }

    private static void Dispose(params IEnumerable<BatchItem> items)
    {
        foreach (var item in items)
            item.Dispose();
    }

    private sealed class QuietDevice : IBatchDevice
    {
        public int InputLength => 3;

        public int OutputLength => 2;

        public IReadOnlyList<int> Buckets { get; } = [1, 2, 4];

        public void Run(ReadOnlySpan<float> input, int rows, Span<float> output) => output.Fill(input[0]);

        public void Dispose()
        {
        }
    }
}
