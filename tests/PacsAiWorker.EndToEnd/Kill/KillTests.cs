using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd.Kill;

[Collection(Lanes.Kill)]
public sealed class KillTests(TestServers servers, ITestOutputHelper output)
{
    private const int AtLeastUnfinished = 50;

    [Theory]
    [InlineData(Road.Embedded)]
    [InlineData(Road.Distributed)]
    public async Task A_worker_killed_while_it_receives_and_again_while_reports_leave_loses_nothing_and_does_nothing_twice(Road road)
    {
        using var folder = new TempFolder("kill");
        var phantoms = await PhantomMaker.MakeAsync(folder.Path, 8, 30, 21, "--small", "--plain");
        var files = phantoms.Select(p => p.PartTen).ToList();
        await using var line = await Installation.NewAsync(servers, road);
        await line.StartAllAsync();
        var cart = new Cart(line.DicomPort);

        var enough = cart.HeldWhenAcknowledged(2 * AtLeastUnfinished);
        var sending = cart.SendAsync(files, 4);
        await Task.WhenAny(enough, sending);
        Assert.True(enough.IsCompleted, $"only {cart.AcknowledgedCount} were acknowledged\n{line.AllLogs}");
        await line.Worker.KillAsync();
        cart.GoOn();
        await sending;
        Assert.True(cart.AcknowledgedCount < files.Count, "an association was held, and yet everything was acknowledged");
        await AssertUnfinishedAsync(line, cart.Acknowledged);

        await line.StartWorkerAsync();
        await cart.SendAsync(files, 4);
        Assert.Equal(files.Count, cart.AcknowledgedCount);
        await Until.HoldsAsync("a report has left", async () => await line.Rows.CountAsync("delivery WHERE state = 'stored'") > 0, () => Task.FromResult(line.AllLogs));
        await line.Worker.KillAsync();

        await line.StartWorkerAsync();
        await line.WaitUntilIdleAsync();
        await AssertInstancesAsync(line, files);
        await AssertReportsAsync(line, phantoms, folder.Folder("reports"));
        (await line.CommandAsync("spool", "verify")).Succeeded();
        Assert.Equal(0, await line.Rows.CountAsync("work WHERE state <> 'done'"));
        using var database = new RecordsDatabase(line.Records);
        Assert.Null(await AuditChain.FirstBrokenAsync(database, CancellationToken.None));
    }

    /// <summary>The worker is dead, so the rows stand still.</summary>
    private async Task AssertUnfinishedAsync(Installation line, IReadOnlyCollection<string> acknowledged)
    {
        var rows = await line.Rows.QueryAsync("""
            SELECT i.sop_instance_uid AS sop, i.outcome,
                (SELECT COUNT(*) FROM report p JOIN result r ON r.id = p.result_id WHERE r.study_id = i.study_id) AS reports
            FROM instance i
            """);
        var kept = SpoolPlaces.All(line.Spool).Select(p => line.Kept(p).SopInstance).ToHashSet();
        Assert.All(acknowledged, sop => Assert.Contains(sop, kept));
        var known = rows.Where(r => acknowledged.Contains(r.Text("sop"))).ToList();
        var finished = known.Count(r => r["outcome"] is not null && r.Number("reports") > 0);
        var unfinished = acknowledged.Count - finished;
        output.WriteLine($"{line.Road}: killed with {acknowledged.Count} acknowledged, {unfinished} of them unfinished ({acknowledged.Count - known.Count} without a row yet)");
        Assert.True(unfinished >= AtLeastUnfinished, $"only {unfinished} acknowledged instances were unfinished at the kill");
    }

    private static async Task AssertInstancesAsync(Installation line, List<PartTen> files)
    {
        var rows = (await line.Rows.QueryAsync("SELECT sop_instance_uid, digest, file, is_current, outcome FROM instance")).ToLookup(r => r.Text("sop_instance_uid"));
        Assert.Equal(files.Count, rows.Count);
        Assert.All(files, file =>
        {
            var row = Assert.Single(rows[file.SopInstance]);
            Assert.True(row.Flag("is_current"));
            Assert.Equal("scored", row.Text("outcome"));
            Assert.Equal(file.Digest, row.Text("digest"));
            Assert.Equal(file.Digest, line.Kept(row.Text("file")).Digest);
        });
        Assert.Equal(files.Count, await line.Rows.CountAsync("score"));
        Assert.Equal(files.Count, await line.Rows.CountAsync("audit_entry WHERE action = 'scored'"));
    }

    private static async Task AssertReportsAsync(Installation line, IReadOnlyList<Phantom> phantoms, string folder)
    {
        var rows = await line.Rows.QueryAsync("""
            SELECT s.study_instance_uid AS study, s.revision AS last, r.revision, r.model_identity, r.images_received, p.sop_instance_uid AS sop, p.content
            FROM report p JOIN result r ON r.id = p.result_id JOIN study s ON s.id = r.study_id
            """);
        Assert.Equal(rows.Count, rows.DistinctBy(r => (r.Text("study"), r.Text("model_identity"), r.Number("revision"))).Count());
        Assert.Equal(rows.Count, await line.Rows.CountAsync("result"));
        foreach (var study in phantoms.GroupBy(p => p.Study))
        {
            var last = Assert.Single(rows, r => r.Text("study") == study.Key && r.Number("revision") == r.Number("last"));
            Assert.Equal(study.Count(), last.Number("images_received"));
        }

        var stored = (await line.Pacs.DownloadAsync(folder)).Select(PartTen.Read).ToDictionary(f => f.SopInstance);
        Assert.Equal(rows.Select(r => r.Text("sop")).Order(), stored.Keys.Order());
        foreach (var row in rows)
        {
            var ours = Path.Combine(folder, "row.dcm");
            await File.WriteAllBytesAsync(ours, row.Bytes("content"));
            Assert.Equal(PartTen.Read(ours).Digest, stored[row.Text("sop")].Digest);
        }
    }
}
