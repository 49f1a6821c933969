using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>Packages come, go and are stopped while images arrive: every image keeps exactly one outcome.</summary>
[Collection(Lanes.Line)]
public sealed class PackageSwapTests(TestServers servers)
{
    [Fact]
    public async Task A_package_is_replaced_while_images_arrive_and_each_image_is_scored_once()
    {
        using var folder = new TempFolder("swap");
        var models = folder.Folder("models");
        ShippedPackage.Install(models, "1.0.0");
        var phantoms = await PhantomMaker.MakeAsync(folder["images"], 12, 4, 93, "--small", "--plain");
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        line.With(new Dictionary<string, object?> { ["Models:Directory"] = models });
        await line.StartAllAsync();
        var sending = Task.Run(() =>
        {
            foreach (var phantom in phantoms.Take(24))
                Assert.True(Cart.Store(line.DicomPort, phantom.PartTen).IsSuccess);
        });
        await Until.HoldsAsync("the first version scores", async () => await line.Rows.CountAsync("score") > 0);
        ShippedPackage.Install(models, "1.1.0");
        Directory.Delete(Path.Combine(models, "1.0.0"), recursive: true);
        await sending;
        await Until.HoldsAsync("the second version is in use", async () => await line.Rows.CountAsync("model WHERE version = '1.1.0'") == 1 && line.AllLogs.Contains("is out of use", StringComparison.Ordinal));
        Assert.All(phantoms.Skip(24), p => Assert.True(Cart.Store(line.DicomPort, p.PartTen).IsSuccess));
        await line.WaitUntilIdleAsync();

        Assert.Equal(phantoms.Count, await line.Rows.CountAsync("instance WHERE outcome = 'scored'"));
        Assert.Equal(phantoms.Count, await line.Rows.CountAsync("score"));
        Assert.Equal(phantoms.Count, (await line.Rows.QueryAsync("SELECT DISTINCT instance_id FROM score")).Count);
        Assert.Equal(["1.0.0", "1.1.0"], (await line.Rows.QueryAsync("SELECT DISTINCT model_version FROM score ORDER BY 1")).Select(r => r.Text("model_version")));
        Assert.Equal(0, await line.Rows.CountAsync("work WHERE state = 'parked'"));
        Assert.Equal(12, (await line.Rows.QueryAsync("SELECT DISTINCT study_id FROM result")).Count);
    }

    [Fact]
    public async Task A_suspended_package_stops_within_seconds_and_goes_on_when_a_person_says_so()
    {
        using var folder = new TempFolder("stop");
        var phantoms = await PhantomMaker.MakeAsync(folder["images"], 3, 1, 94, "--small", "--plain");
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        await line.StartAllAsync();
        Assert.True(Cart.Store(line.DicomPort, phantoms[0].PartTen).IsSuccess);
        await line.WaitUntilIdleAsync();

        Assert.Contains("1 of 1 suspended: demo-phantom 1.0.0", (await line.CommandAsync("model", "suspend", "demo-phantom", "--reason", "under review")).Succeeded().Output, StringComparison.Ordinal);
        await Until.HoldsAsync("health says so", async () => (await line.Worker.GetAsync("health/ready")).Text.Contains("demo-phantom 1.0.0 was suspended on", StringComparison.Ordinal), async () => (await line.Worker.GetAsync("health/ready")).Text);
        Assert.True(Cart.Store(line.DicomPort, phantoms[1].PartTen).IsSuccess);
        await line.WaitUntilIdleAsync();
        Assert.Equal("package suspended", (await line.Rows.QueryAsync($"SELECT outcome_reason FROM instance WHERE sop_instance_uid = '{phantoms[1].Sop}'"))[0].Text("outcome_reason"));
        var study = (await line.Rows.QueryAsync($"SELECT priority, priority_reason FROM study WHERE study_instance_uid = '{phantoms[1].Study}'"))[0];
        Assert.Equal("TP0", study.Text("priority"));
        Assert.StartsWith("Not assessed: 1 not scored (package suspended 1); demo-phantom 1.0.0 was suspended on", study.Text("priority_reason"), StringComparison.Ordinal);

        (await line.CommandAsync("model", "resume", "demo-phantom@1.0.0", "--reason", "review done")).Succeeded();
        await Until.HoldsAsync("health says nothing of it", async () => !(await line.Worker.GetAsync("health/ready")).Text.Contains("suspended", StringComparison.Ordinal));
        Assert.True(Cart.Store(line.DicomPort, phantoms[2].PartTen).IsSuccess);
        await line.WaitUntilIdleAsync();
        Assert.Equal(2, await line.Rows.CountAsync("result"));
        var audit = (await line.CommandAsync("audit", "query", "--action", "model suspended")).Succeeded().Output;
        Assert.Contains("under review", audit, StringComparison.Ordinal);
        var unknown = await line.CommandAsync("model", "suspend", "kidney", "--reason", "x");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("No package \"kidney\" was ever in use here", unknown.Error, StringComparison.Ordinal);
    }
}
