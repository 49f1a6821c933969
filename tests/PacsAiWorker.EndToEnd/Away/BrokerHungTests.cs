using System.Diagnostics;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd.Away;

[Collection(Lanes.Away)]
public sealed class BrokerHungTests(TestServers servers, ITestOutputHelper output)
{
    private const int Rounds = 1;
    private const int Images = 100;

    /// <summary>Below this a difference says nothing about the broker: who waits for it waits for seconds.</summary>
    private static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task A_broker_that_hangs_delays_no_answer_and_when_it_wakes_everything_is_scored_and_delivered()
    {
        using var folder = new TempFolder("hung");
        var studies = await FreshStudies.PrepareAsync(folder.Folder("made"), 1, Images);
        await using var broker = await RabbitMqServer.StartAsync();
        await using var line = await Installation.NewAsync(servers, Road.Distributed, new Dictionary<string, object?> { ["Work:PollSeconds"] = 2 }, null, broker);
        await line.Pacs.StartAsync();
        await line.MigrateAsync();

        // Two processes: what the second does with the images is not to share in the time that the first takes for them.
        await using var receiver = await line.StartRolesAsync("receive");
        await receiver.WaitUntilReadyAsync();
        await using (var declaring = await line.StartRolesAsync("score,report,deliver"))
        {
            await Until.HoldsAsync("the queues are there", async () => (await broker.QueuesAsync(line.BrokerHost!, "name")).Count > 3, () => Task.FromResult(declaring.Log));
            await declaring.StopAsync();
        }

        await MeasureAsync(line, Fresh());
        var (healthy, hung) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        var sent = 1 + (2 * Rounds);
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                var before = await MeasureAsync(line, Fresh());
                await broker.HangAsync();
                var after = await MeasureAsync(line, Fresh());
                output.WriteLine($"99 of 100 within {before.TotalMilliseconds:0.0} ms, with the broker hung {after.TotalMilliseconds:0.0} ms");
                (healthy, hung) = (Least(healthy, before), Least(hung, after));
                if (round < Rounds - 1)
                {
                    await broker.WakeAsync();
                    await Until.HoldsAsync("every wake-up was handed over", HandedOverAsync, () => Task.FromResult(receiver.Log));
                }
            }

            Assert.True(hung <= 2 * (healthy > Floor ? healthy : Floor), $"{healthy} became {hung} with the broker hung");
            Assert.Equal(200, (await receiver.GetAsync("health/ready")).Status);
        }
        finally
        {
            await broker.WakeAsync();
        }

        await using var worker = await line.StartRolesAsync("score,report,deliver");
        await line.WaitUntilIdleAsync();
        Assert.Equal(Images * sent, await line.Rows.CountAsync("instance WHERE outcome = 'scored'"));
        Assert.Equal(sent, (await line.Pacs.InstancesAsync()).Count);

        IReadOnlyList<PartTen> Fresh() => [.. studies.Next(folder.Folder("sent")).Select(p => p.PartTen)];

        async Task<bool> HandedOverAsync() => await line.Rows.CountAsync("outbox WHERE sent_at IS NULL") == 0;
    }

    [Fact]
    public async Task While_the_broker_hangs_images_are_scored_and_reports_delivered()
    {
        using var folder = new TempFolder("hung");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 2, 2, 73, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var broker = await RabbitMqServer.StartAsync();
        await using var line = await Installation.NewAsync(servers, Road.Distributed, new Dictionary<string, object?> { ["Work:PollSeconds"] = 2 }, null, broker);
        await line.StartAllAsync();
        await broker.HangAsync();
        try
        {
            Assert.All(files, f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
            await line.WaitUntilIdleAsync();
            Assert.Equal(2, (await line.Pacs.InstancesAsync()).Count);
        }
        finally
        {
            await broker.WakeAsync();
        }
    }

    [Fact]
    public async Task A_broker_that_lost_everything_in_the_middle_costs_no_image_and_is_used_again()
    {
        using var folder = new TempFolder("wiped");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 4, 10, 74, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var broker = await RabbitMqServer.StartAsync();
        await using var line = await Installation.NewAsync(servers, Road.Distributed, new Dictionary<string, object?> { ["Work:PollSeconds"] = 2 }, null, broker);
        await line.StartAllAsync();

        // Wiped while images come in, others are scored and the first reports wait.
        var cart = new Cart(line.DicomPort);
        var half = cart.WhenAcknowledged(files.Count / 2);
        var sending = cart.SendAsync(files, 2);
        await half;
        await broker.WipeAsync(line.BrokerHost!);
        await sending;
        Assert.Equal(files.Count, cart.AcknowledgedCount);
        await line.WaitUntilIdleAsync();
        Assert.Equal(files.Count, await line.Rows.CountAsync("instance WHERE outcome = 'scored'"));
        Assert.Equal(4, (await line.Pacs.InstancesAsync()).Count);

        // The queues are made again, and wake-ups arrive in them.
        await Until.HoldsAsync("every wake-up was handed over", async () => await line.Rows.CountAsync("outbox WHERE sent_at IS NULL") == 0, () => Task.FromResult(line.AllLogs));
        await Until.HoldsAsync("the new queues have their consumers",
            async () => await broker.QueuesAsync(line.BrokerHost!, "name", "consumers") is { Count: > 1 } queues && queues.All(q => q[1] != "0" || q[0] == "pacsai.dead"), () => Task.FromResult(line.AllLogs));
    }

    /// <summary>Sends each on its own and waits for its row; the time within which 99 of 100 were answered.</summary>
    private static async Task<TimeSpan> MeasureAsync(Installation line, IReadOnlyList<PartTen> files)
    {
        var sent = files.Select(f => (File: f, f.DataSet)).ToList();
        var times = new List<TimeSpan>();
        using (var client = Cart.Connect(line.DicomPort, [.. files.Select(Cart.ContextOf).DistinctBy(c => (c.AbstractSyntax, c.TransferSyntaxes[0]))]))
        {
            foreach (var (file, dataSet) in sent)
            {
                var begun = Stopwatch.GetTimestamp();
                Assert.True(client.Store(file.SopClass, file.SopInstance, file.TransferSyntax, dataSet).IsSuccess);
                times.Add(Stopwatch.GetElapsedTime(begun));
            }

            client.Release();
        }

        await line.WaitUntilRecordedAsync();
        return times.Order().ElementAt(times.Count * 99 / 100);
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
