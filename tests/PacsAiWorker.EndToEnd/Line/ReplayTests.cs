using System.Security.Cryptography;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>A score is computed again years later: whatever changed meanwhile is named.</summary>
[Collection(Lanes.Line)]
public sealed class ReplayTests(TestServers servers)
{
    [Fact]
    public async Task A_score_is_the_same_to_the_last_bit_until_picture_crop_or_weights_change_and_then_each_is_named()
    {
        using var folder = new TempFolder("replay");
        var phantoms = await PhantomMaker.MakeAsync(folder["images"], 1, 2, 91, "--small", "--plain");
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        await line.StartAllAsync();
        Assert.All(phantoms, p => Assert.True(Cart.Store(line.DicomPort, p.PartTen).IsSuccess));
        await line.WaitUntilIdleAsync();
        var sop = phantoms[0].Sop;
        var score = (await line.Rows.QueryAsync($"SELECT s.*, i.file FROM score s JOIN instance i ON i.id = s.instance_id WHERE i.sop_instance_uid = '{sop}'")).Single();
        Assert.True(score.Real("run_ms") > 0 && score.Number("batch_rows") >= 1 && score.Number("batch_bucket") >= score.Number("batch_rows"));

        Assert.Contains(", CPU, fp32, library ", score.Text("runtime"), StringComparison.Ordinal);
        Assert.Contains("\\\"precision\\\":\\\"fp32\\\"", (await line.CommandAsync("audit", "query", "--action", "scored", "--json")).Succeeded().Output, StringComparison.Ordinal);

        var same = (await line.CommandAsync("score", "--replay", sop)).Succeeded().Output;
        Assert.Contains("from the kept picture: the same to the last bit", same, StringComparison.Ordinal);
        Assert.Contains("from the original: the same to the last bit", same, StringComparison.Ordinal);
        Assert.Contains("from the original: the same", (await line.CommandAsync("score", "--replay", score.Text("id"))).Succeeded().Output, StringComparison.Ordinal);

        // One pixel.
        var path = Path.Combine(line.DataFolder, "inputs", score.Text("input_picture"));
        var kept = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, OnePixelOff(kept));
        Assert.Contains("from the kept picture: different: kept picture, network input (SHA-256), raw values", await DifferentAsync(line, sop), StringComparison.Ordinal);
        await File.WriteAllBytesAsync(path, kept);

        // The crop.
        await line.Rows.QueryAsync($"UPDATE score SET crop_x1 = crop_x1 - 1 WHERE id = '{score.Text("id")}'");
        var cropped = await DifferentAsync(line, sop);
        Assert.Contains("from the kept picture: different: its size", cropped, StringComparison.Ordinal);
        Assert.Contains("from the original: different: crop", cropped, StringComparison.Ordinal);
        await line.Rows.QueryAsync($"UPDATE score SET crop_x1 = crop_x1 + 1 WHERE id = '{score.Text("id")}'");

        // The precision.
        await line.Rows.QueryAsync($"UPDATE score SET runtime = replace(runtime, 'fp32', 'int8') WHERE id = '{score.Text("id")}'");
        Assert.Contains("    precision: int8 recorded, fp32 now", await DifferentAsync(line, sop), StringComparison.Ordinal);
        await line.Rows.QueryAsync($"UPDATE score SET runtime = replace(runtime, 'int8', 'fp32') WHERE id = '{score.Text("id")}'");

        // The original is gone, as after its retention: the kept picture is enough.
        var spool = Path.Combine(line.Spool, score.Text("file").Split(':')[0] + ".seg");
        await line.Worker.StopAsync();
        File.Move(spool, folder["segment"]);
        Assert.Contains("from the original: the original has left the spool", (await line.CommandAsync("score", "--replay", sop)).Succeeded().Output, StringComparison.Ordinal);
        File.Move(folder["segment"], spool);

        // The weights: a package of other identity, whose golden pair still holds.
        line.With(new Dictionary<string, object?> { ["Models:Directory"] = folder.Folder("models") });
        Assert.Contains("different: package", await WithOneWeightOffAsync(line, folder.Folder("models"), sop), StringComparison.Ordinal);

        // Erased: nothing of the study stays to be looked at.
        (await line.CommandAsync("spool", "erase", "--study", phantoms[0].Study, "--reason", "asked for")).Succeeded();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_changed_rule_is_tried_on_what_was_received_and_changes_nothing()
    {
        using var folder = new TempFolder("past");
        var phantoms = await PhantomMaker.MakeAsync(folder["images"], 3, 2, 92, "--small", "--plain");
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        await line.StartAllAsync();
        Assert.All(phantoms, p => Assert.True(Cart.Store(line.DicomPort, p.PartTen).IsSuccess));
        await line.WaitUntilIdleAsync();
        var results = (await line.Rows.QueryAsync("SELECT is_positive FROM result")).Select(r => r.Flag("is_positive")).ToList();
        var flagged = results.Count(p => p);

        Assert.Contains($"3 studies, flagged then {flagged}, flagged now {flagged}; newly flagged 0, no longer flagged 0", (await PastAsync(null)).Output, StringComparison.Ordinal);
        Assert.Contains($"flagged now 3; newly flagged {3 - flagged}, no longer flagged 0", (await PastAsync("""{ "threshold": 0 }""")).Output, StringComparison.Ordinal);
        Assert.Contains($"flagged now 0; newly flagged 0, no longer flagged {flagged}", (await PastAsync("""{ "threshold": 1, "aggregation": "mean" }""")).Output, StringComparison.Ordinal);
        var wrong = await PastAsync("""{ "treshold": 1 }""");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("known are threshold, aggregation and proportionThreshold", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(results.Count, await line.Rows.CountAsync("result"));
        Assert.Equal(6, await line.Rows.CountAsync("score"));

        async Task<ToolResult> PastAsync(string? rule)
        {
            await File.WriteAllTextAsync(folder["rule.json"], rule ?? "{}");
            return await line.CommandAsync(["score", "--past", "1d", "--model", Installation.Model, .. rule is null ? Array.Empty<string>() : ["--rules", folder["rule.json"]]]);
        }
    }

    private static async Task<string> DifferentAsync(Installation line, string sop)
    {
        var result = await line.CommandAsync("score", "--replay", sop);
        Assert.Equal(1, result.ExitCode);
        return result.Output;
    }

    private static byte[] OnePixelOff(byte[] png)
    {
        using var picture = PngFile.Read(new MemoryStream(png));
        var pixels = picture.Pixels.ToArray();
        pixels[pixels.Length / 2] ^= 64;
        using var changed = new MemoryStream();
        PngFile.Write(changed, new RasterImage(picture.Width, picture.Height, picture.Channels, pixels));
        return changed.ToArray();
    }

    /// <summary>Changes the least bit of one weight and the digest with it, until the package's own check does not notice.</summary>
    private static async Task<string> WithOneWeightOffAsync(Installation line, string models, string sop)
    {
        var package = Path.Combine(models, Installation.Model);
        ShippedPackage.CopyTo(package);
        var network = Path.Combine(package, "model.onnx");
        var (whole, card) = (await File.ReadAllBytesAsync(network), Path.Combine(package, "model.yaml"));
        var digest = Convert.ToHexStringLower(SHA256.HashData(whole));
        var text = await File.ReadAllTextAsync(card);
        var output = "";

        // The last initializers are the weights of the head.
        for (var at = whole.Length - 200; at < whole.Length - 192 && !output.Contains("different", StringComparison.Ordinal); at++)
        {
            var changed = whole.ToArray();
            changed[at] ^= 1;
            await File.WriteAllBytesAsync(network, changed);
            await File.WriteAllTextAsync(card, text.Replace(digest, Convert.ToHexStringLower(SHA256.HashData(changed)), StringComparison.Ordinal));
            output = await DifferentAsync(line, sop);
        }

        return output;
    }
}
