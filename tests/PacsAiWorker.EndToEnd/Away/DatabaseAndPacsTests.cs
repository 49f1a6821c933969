using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Away;

[Collection(Lanes.Away)]
public sealed class DatabaseAndPacsTests(TestServers servers)
{
    [Fact]
    public async Task While_the_database_is_away_images_are_acknowledged_and_rows_scores_and_reports_follow()
    {
        using var folder = new TempFolder("database");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 2, 4, 61, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var postgres = await PostgresServer.StartAsync();
        await using var line = await Installation.NewAsync(servers, Road.Distributed, null, postgres);
        await line.StartAllAsync();
        Assert.True(Cart.Store(line.DicomPort, files[0]).IsSuccess);
        await line.WaitUntilRecordedAsync();

        await postgres.StopAsync();
        Assert.All(files[1..^1], f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
        var ready = await line.Worker.GetAsync("health/ready");
        Assert.Equal(200, ready.Status);
        Assert.Contains("the database does not answer", ready.Text, StringComparison.Ordinal);

        // Nor does a receiver that dies now need the database to receive again.
        await line.Worker.KillAsync();
        await line.StartWorkerAsync();
        Assert.True(Cart.Store(line.DicomPort, files[^1]).IsSuccess);

        await postgres.ResumeAsync();
        await line.WaitUntilIdleAsync();
        Assert.Equal(files.Count, await line.Rows.CountAsync("instance WHERE outcome = 'scored' AND is_current"));
        Assert.Equal(files.Count, await line.Rows.CountAsync("instance"));
        Assert.Equal(files.Select(f => f.Digest).Order(), (await line.Rows.QueryAsync("SELECT file FROM instance")).Select(r => line.Kept(r.Text("file")).Digest).Order());
        Assert.Equal(files.Select(f => f.Digest).Count(), SpoolPlaces.All(line.Spool).Count);
    }

    [Theory]
    [InlineData(Road.Embedded)]
    [InlineData(Road.Distributed)]
    public async Task A_report_waits_for_a_PACS_that_is_away_and_is_delivered_once_when_it_returns(Road road)
    {
        using var folder = new TempFolder("pacs");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 1, 2, 62, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var line = await Installation.NewAsync(servers, road);
        await line.MigrateAsync();
        await line.StartWorkerAsync();
        await line.Worker.WaitUntilReadyAsync();
        Assert.All(files, f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
        await Until.HoldsAsync("a delivery was tried", async () => await line.Rows.CountAsync("delivery WHERE state = 'pending' AND attempts >= 1") == 1, () => Task.FromResult(line.AllLogs));
        Assert.Equal(200, (await line.Worker.GetAsync("health/ready")).Status);

        await line.Pacs.StartAsync();
        await line.WaitUntilIdleAsync();
        var row = Assert.Single(await line.Rows.QueryAsync("SELECT d.state, d.status, d.attempts, p.sop_instance_uid AS sop FROM delivery d JOIN report p ON p.id = d.report_id"));
        Assert.Equal(("stored", 0L), (row.Text("state"), row.Number("status")));
        Assert.True(row.Number("attempts") >= 2);
        Assert.Equal([row.Text("sop")], (await line.Pacs.InstancesAsync()).Keys);
        Assert.Equal(row.Number("attempts"), await line.Rows.CountAsync("delivery_attempt"));
    }
}
