using System.Text.Json.Nodes;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Tests.Pipeline.Delivery;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>The whole worker asks Orthanc for its promise; Orthanc reports on an association of its own.</summary>
[Collection(Lanes.Line)]
public sealed class CommitmentTests(TestServers servers)
{
    /// <summary>The room itself in this process, so that three reports wait when the question is put.</summary>
    [Fact]
    public async Task Orthanc_answers_one_question_about_three_reports_and_each_is_committed()
    {
        using var scp = new InteropScp();
        await using var orthanc = OrthancServer.Prepared(new Dictionary<string, object>
        {
            ["DicomModalities"] = new Dictionary<string, object> { ["worker"] = new Dictionary<string, object> { ["AET"] = "PACSAI", ["Host"] = "127.0.0.1", ["Port"] = scp.Port } },
        });
        await orthanc.StartAsync();
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(orthanc.DicomPort, commitment: true) with { AeTitle = OrthancServer.AeTitle });
        for (var revision = 1; revision <= 3; revision++)
        {
            await bench.QueueAsync(revision: revision);
            Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        }

        await bench.RunAsync(bench.Commit);
        await Until.HoldsAsync("Orthanc reports", () => !scp.Reports.IsEmpty, () => string.Join('\n', scp.Ends));
        var report = Assert.Single(scp.Reports);
        Assert.Equal((3, 0), (report.Committed.Count, report.Failed.Count));
        Assert.True(bench.Events.Report(new ServiceRequest(OrthancServer.AeTitle, null, SopClasses.StorageCommitmentPushInstance), report).IsSuccess);
        await bench.SettleAsync();
        await using var context = bench.Database.Open();
        Assert.All(context.Deliveries.ToList(), d => Assert.Equal((CommitmentStates.Committed, true), (d.Commitment, d.CommittedAt is not null)));
        Assert.Equal(3, context.Deliveries.Count());
    }

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
