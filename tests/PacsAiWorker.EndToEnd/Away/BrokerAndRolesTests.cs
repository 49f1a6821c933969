using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Away;

[Collection(Lanes.Away)]
public sealed class BrokerAndRolesTests(TestServers servers)
{
    [Fact]
    public async Task Without_its_broker_the_worker_receives_scores_and_delivers_and_uses_it_again_when_it_is_back()
    {
        using var folder = new TempFolder("broker");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 2, 2, 71, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var line = await Installation.NewAsync(servers, Road.Distributed, new Dictionary<string, object?> { ["Work:PollSeconds"] = 2 });
        await line.StartAllAsync();
        (await line.Broker!.ControlAsync("stop_app")).Succeeded();
        try
        {
            Assert.All(files.Take(2), f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
            await line.WaitUntilIdleAsync();
            Assert.Single(await line.Pacs.InstancesAsync());
            Assert.Equal(200, (await line.Worker.GetAsync("health/ready")).Status);
        }
        finally
        {
            (await line.Broker.ControlAsync("start_app")).Succeeded();
        }

        Assert.All(files.Skip(2), f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
        await line.WaitUntilIdleAsync();
        Assert.Equal(2, (await line.Pacs.InstancesAsync()).Count);
        await Until.HoldsAsync("every wake-up was handed over", async () => await line.Rows.CountAsync("outbox WHERE sent_at IS NULL") == 0, () => Task.FromResult(line.AllLogs));
    }

    [Fact]
    public async Task A_process_that_only_receives_keeps_everything_for_another_that_scores_and_delivers()
    {
        using var folder = new TempFolder("roles");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 2, 2, 72, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var line = await Installation.NewAsync(servers, Road.Distributed);
        await line.Pacs.StartAsync();
        await line.MigrateAsync();
        await using (var receiver = await line.StartRolesAsync("receive"))
        {
            await receiver.WaitUntilReadyAsync();
            Assert.All(files, f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
            await line.WaitUntilRecordedAsync();
            Assert.Equal(files.Count, await line.Rows.CountAsync("work WHERE kind = 'score' AND state = 'ready'"));

            await using var worker = await line.StartRolesAsync("score,report,deliver");
            await line.WaitUntilIdleAsync();
            Assert.Equal(files.Count, await line.Rows.CountAsync("instance WHERE outcome = 'scored'"));
            Assert.Equal(2, (await line.Pacs.InstancesAsync()).Count);
            Assert.Equal(0, await worker.StopAsync());
            Assert.Equal(0, await receiver.StopAsync());
        }
    }
}
