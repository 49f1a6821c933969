using System.Text.Json.Nodes;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Native.Processes;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>The whole worker asks Orthanc for its promise; Orthanc reports on an association of its own.</summary>
[Collection(Lanes.Line)]
public sealed class CommitmentTests(TestServers servers)
{
    [Theory]
    [InlineData(Road.Embedded)]
    [InlineData(Road.Distributed)]
    public async Task Orthanc_commits_to_every_report_and_its_promise_is_shown_also_after_a_restart_in_between(Road road)
    {
        using var folder = new TempFolder("commitment");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 1, 2, 71, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var line = await Installation.NewAsync(servers, road, new Dictionary<string, object?> { ["Dicom:Destinations:0:StorageCommitment"] = true });
        await line.Pacs.StartAsync();
        await line.MigrateAsync();

        // The report is stored and the promise not asked for when the process ends.
        await line.LaunchWorkerAsync(new Dictionary<string, string> { [KillPoint.Variable] = KillPoints.DeliveryCommitted });
        await line.Worker.WaitUntilReadyAsync();
        Assert.All(files, f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
        await Until.HoldsAsync("the worker ended itself", () => line.Worker.HasExited, () => line.AllLogs);
        Assert.Equal(0, await line.Rows.CountAsync("delivery WHERE committed_at IS NOT NULL"));
        await line.StartWorkerAsync();

        await Until.HoldsAsync("the report is committed", async () => await line.Rows.CountAsync("delivery WHERE committed_at IS NOT NULL") == 1, () => Task.FromResult(line.AllLogs));
        await line.WaitUntilIdleAsync();
        Assert.All(await line.Rows.QueryAsync("SELECT state, commitment, stored_at, committed_at FROM delivery"), r =>
        {
            Assert.Equal(("stored", "committed"), (r.Text("state"), r.Text("commitment")));
            Assert.True(string.CompareOrdinal(r.Text("stored_at"), r.Text("committed_at")) <= 0 || road == Road.Distributed);
        });
        Assert.Equal(1, await line.Rows.CountAsync("commitment_request WHERE state = 'committed' AND answered_at IS NOT NULL"));

        if (road == Road.Embedded)
        {
            var list = JsonNode.Parse((await line.CommandAsync("worklist", "--json")).Succeeded().Output)!.AsArray();
            Assert.All(list, e => Assert.NotNull(e!["results"]![0]!["deliveries"]![0]!["committedAt"]));
            (await line.CommandAsync("status")).Succeeded();
        }
    }
}
