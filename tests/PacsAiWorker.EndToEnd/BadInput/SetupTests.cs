using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.BadInput;

/// <summary>A broken package, a missing library, a wrong key: one sentence each, and receiving goes on where it can.</summary>
[Collection(Lanes.Line)]
public sealed class SetupTests(TestServers servers)
{
    [Fact]
    public async Task A_package_whose_digest_does_not_match_is_refused_by_name_and_receiving_goes_on()
    {
        using var folder = new TempFolder("package");
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?> { ["Models:Directory"] = folder["models"] });
        (await Tool.RunAsync("/bin/cp", ["-r", Path.Combine(AppContext.BaseDirectory, "models"), folder.Path])).Succeeded();
        var network = folder["models/demo-phantom/model.onnx"];
        var bytes = await File.ReadAllBytesAsync(network);
        bytes[bytes.Length / 2] ^= 0x40;
        await File.WriteAllBytesAsync(network, bytes);
        var image = (await PhantomMaker.MakeAsync(folder["images"], 1, 1, 41, "--small", "--plain"))[0].PartTen;

        await line.StartWorkerAsync();
        Assert.True(Cart.Store(line.DicomPort, image).IsSuccess);
        await line.WaitUntilIdleAsync();
        var row = Assert.Single(await line.Rows.QueryAsync("SELECT outcome, outcome_reason, outcome_detail FROM instance"));
        Assert.Equal(("not scored", "no model applies"), (row.Text("outcome"), row.Text("outcome_reason")));
        Assert.Equal(0, await line.Rows.CountAsync("score"));

        const string Sentence = "digest";
        Assert.Contains(Sentence, row.Text("outcome_detail"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(line.AllLogs.Split('\n'), l => l.Contains("demo-phantom", StringComparison.Ordinal) && l.Contains(Sentence, StringComparison.OrdinalIgnoreCase));
        Assert.Contains(Sentence, (await line.CommandAsync("inspect", image.Path)).Output, StringComparison.OrdinalIgnoreCase);
        var doctor = await line.CommandAsync("doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains(Sentence, doctor.Output, StringComparison.OrdinalIgnoreCase);
        var ready = await line.Worker.GetAsync("health/ready");
        Assert.Equal(200, ready.Status);
        Assert.Contains("demo-phantom", ready.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_native_library_receiving_goes_on_images_wait_and_readiness_says_why()
    {
        using var folder = new TempFolder("library");
        var image = (await PhantomMaker.MakeAsync(folder["images"], 1, 1, 42, "--small", "--plain"))[0].PartTen;
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?> { ["Inference:NativeLibraryPath"] = "/nowhere/libonnxruntime.so.1" });
        await line.StartWorkerAsync();
        Assert.True(Cart.Store(line.DicomPort, image).IsSuccess);

        await Until.HoldsAsync("the image waits for the runtime", async () => await line.Rows.CountAsync("work WHERE kind = 'score' AND state = 'ready' AND reason_code = 'runtime missing'") == 1, () => Task.FromResult(line.AllLogs));
        Assert.Equal(1, await line.Rows.CountAsync("instance WHERE outcome IS NULL"));
        var ready = await line.Worker.GetAsync("health/ready");
        Assert.Equal(200, ready.Status);
        Assert.Contains("/nowhere/libonnxruntime.so.1", ready.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await line.Worker.GetAsync("health/live")).Status);
        Assert.True(Cart.Store(line.DicomPort, image).IsSuccess);

        // The remedy: with the library in place the same image is scored.
        await line.Worker.StopAsync();
        await line.Pacs.StartAsync();
        await line.With(new Dictionary<string, object?> { ["Inference:NativeLibraryPath"] = "" }).StartWorkerAsync();
        await line.WaitUntilIdleAsync();
        Assert.Equal(1, await line.Rows.CountAsync("instance WHERE outcome = 'scored'"));
    }

    [Theory]
    [InlineData("Dicom:Prot", 11112, "Dicom:Prot")]
    [InlineData("Dicom:Port", 70000, "Dicom:Port")]
    [InlineData("Dicom:Port", "eleven", "Dicom:Port")]
    [InlineData("Models:Stages:demo-phantom", "always", "Models:Stages:demo-phantom")]
    public async Task A_wrong_key_or_value_ends_with_2_and_one_sentence_that_names_it(string key, object value, string named)
    {
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?> { [key] = value });
        foreach (var command in new[] { "run", "doctor" })
        {
            var result = await line.CommandAsync(command);
            Assert.Equal(2, result.ExitCode);
            Assert.Equal("", result.Output);
            Assert.Contains(named, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_database_that_was_never_migrated_ends_the_start_with_2_and_names_the_command()
    {
        await using var line = await Installation.NewAsync(servers, Road.Distributed);
        var result = await line.CommandAsync("run");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("db migrate", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
