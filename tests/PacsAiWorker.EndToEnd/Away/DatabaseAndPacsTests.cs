using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Away;

[Collection(ServersCollection.Name)]
public sealed class DatabaseAndPacsTests(TestServers servers)
{
    [Fact]
    public async Task While_the_database_is_away_nothing_is_acknowledged_and_service_returns_by_itself()
    {
        using var folder = new TempFolder("database");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 2, 4, 61, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var postgres = await PostgresServer.StartAsync();
        await using var line = await Installation.NewAsync(servers, Road.Distributed, null, postgres);
        await line.StartAllAsync();
        Assert.True(Cart.Store(line.DicomPort, files[0]).IsSuccess);

        // The association stands before the database goes, so that the instance itself is answered.
        using (var client = Cart.Connect(line.DicomPort, [.. files.Select(Cart.ContextOf).DistinctBy(c => (c.AbstractSyntax, c.TransferSyntaxes[0]))]))
        {
            await postgres.StopAsync();
            Assert.Equal(DimseStatus.OutOfResources, client.Store(files[1].SopClass, files[1].SopInstance, files[1].TransferSyntax, files[1].DataSet).Status);
            client.Release();
        }

        var refused = Assert.Throws<AssociationException>(() => Cart.Store(line.DicomPort, files[2]));
        Assert.True(refused.Transient);
        var ready = await line.Worker.GetAsync("health/ready");
        Assert.Equal(503, ready.Status);
        Assert.Contains("database", ready.Text, StringComparison.Ordinal);

        await postgres.ResumeAsync();
        await line.Worker.WaitUntilReadyAsync();
        Assert.All(files, f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
        await line.WaitUntilIdleAsync();
        Assert.Equal(files.Count, await line.Rows.CountAsync("instance WHERE outcome = 'scored' AND is_current"));
        Assert.Equal(files.Count, await line.Rows.CountAsync("instance"));

        // What was whole on the disk without a row is found to be a repeat at the next start.
        Assert.Equal(0, await line.Worker.StopAsync());
        await line.StartWorkerAsync();
        Assert.Equal(files.Count, Directory.EnumerateFiles(line.Spool, "*.dcm", SearchOption.AllDirectories).Count());
        Assert.Equal(files.Count, await line.Rows.CountAsync("instance"));
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
