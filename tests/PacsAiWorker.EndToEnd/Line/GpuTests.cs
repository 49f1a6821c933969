using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>A GPU is configured and this installation has none.</summary>
[Collection(Lanes.Line)]
public sealed class GpuTests(TestServers servers)
{
    private const string Missing = "libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so missing beside the core library";

    [Fact]
    public async Task A_GPU_that_is_required_and_away_keeps_images_waiting_and_health_names_what_is_missing()
    {
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?> { ["Inference:Provider"] = "auto", ["Inference:RequireGpu"] = true });
        await SendAsync(line);
        await Until.HoldsAsync("the image waits", async () => await line.Rows.CountAsync("work WHERE reason_code = 'device unavailable'") == 1, async () => (await line.Worker.GetAsync("health/ready")).Text);
        Assert.Contains(Missing, (await line.Rows.QueryAsync("SELECT reason_detail FROM work WHERE reason_code = 'device unavailable'"))[0].Text("reason_detail"), StringComparison.Ordinal);
        var ready = await line.Worker.GetAsync("health/ready");
        Assert.Equal(200, ready.Status);
        Assert.Contains("no model package is in use; demo-phantom: demo-phantom does not run: CUDA device 0", ready.Text, StringComparison.Ordinal);
        Assert.Contains(Missing, ready.Text, StringComparison.Ordinal);
        Assert.Equal(0, await line.Rows.CountAsync("score"));
    }

    [Fact]
    public async Task A_GPU_that_is_not_required_and_away_leaves_the_processor_which_the_score_the_log_and_health_say()
    {
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?> { ["Inference:Provider"] = "cuda", ["Inference:RequireGpu"] = false });
        await SendAsync(line);
        await line.WaitUntilIdleAsync();
        Assert.Contains(", CPU, fp32, ", Assert.Single(await line.Rows.QueryAsync("SELECT runtime FROM score")).Text("runtime"), StringComparison.Ordinal);
        var ready = await line.Worker.GetAsync("health/ready");
        Assert.Equal(200, ready.Status);
        Assert.Matches($"^ready to receive, but demo-phantom@1\\.0\\.0 runs on the processor: CUDA device 0.* {Missing}", ready.Text);
        Assert.Contains("runs on the processor", line.AllLogs, StringComparison.Ordinal);
        Assert.Contains("No GPU provider", line.AllLogs, StringComparison.Ordinal);
    }

    private static async Task SendAsync(Installation line)
    {
        using var folder = new TempFolder("gpu");
        var phantom = (await PhantomMaker.MakeAsync(folder["images"], 1, 1, 97, "--small", "--plain"))[0];
        await line.StartAllAsync();
        Assert.True(Cart.Store(line.DicomPort, phantom.PartTen).IsSuccess);
    }
}
