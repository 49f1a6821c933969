using System.Text.Json;
using PacsAiWorker.EndToEnd.Judges;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.BadInput;

/// <summary><c>model check</c> and <c>model list</c>, as a person runs them.</summary>
public sealed class ModelCommandTests : IDisposable
{
    private readonly TempFolder folder = new("models");

    public ModelCommandTests()
    {
        foreach (var name in (string[])["sound", "flipped", "bare", "late"])
        {
            ShippedPackage.CopyTo(folder[name]);
            Edit(name, "id: demo-phantom", $"id: {name}");
        }

        var network = folder["flipped/model.onnx"];
        var bytes = File.ReadAllBytes(network);
        bytes[^30] ^= 1;
        File.WriteAllBytes(network, bytes);
        File.Delete(folder["bare/model.onnx"]);
        Edit("late", "reviewBy: 2028-11-22", "reviewBy: 2020-11-22");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_check_names_each_step_with_its_time_and_what_was_refused()
    {
        var sound = await RunAsync("check", "sound");
        Assert.Equal((0, "passed"), (sound.ExitCode, sound.Json.GetProperty("verdict").GetString()));
        Assert.Equal(["card", "digest", "signature", "golden files", "structure", "session", "inputs and outputs", "warm-up", "golden pair", "batch", "golden pictures"], Checks(sound.Json).Select(c => c.Name));
        Assert.All(sound.Json.GetProperty("checks").EnumerateArray(), c => Assert.True(c.GetProperty("milliseconds").GetDouble() >= 0));

        var flipped = await RunAsync("check", "flipped");
        Assert.Equal((1, "refused"), (flipped.ExitCode, flipped.Json.GetProperty("verdict").GetString()));
        Assert.Contains("flipped/model.onnx has digest", flipped.Json.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Equal([("card", "passed"), ("digest", "refused"), ("signature", "not made")], Checks(flipped.Json).Take(3));

        var bare = await RunAsync("check", "bare");
        Assert.Equal((0, "weights not installed"), (bare.ExitCode, bare.Json.GetProperty("verdict").GetString()));
        var late = await RunAsync("check", "late");
        Assert.Equal((1, "expired"), (late.ExitCode, late.Json.GetProperty("verdict").GetString()));

        var table = await Tool.RunAsync(WorkerProcess.Program, ["model", "check", folder["flipped"]]);
        Assert.Equal(1, table.ExitCode);
        Assert.Contains("refused: flipped/model.onnx has digest", table.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Tool.RunAsync(WorkerProcess.Program, ["model", "check", folder["nowhere"]])).ExitCode);
    }

    [Fact]
    public async Task A_signature_is_one_that_openssl_verifies_and_makes_and_a_changed_package_has_none()
    {
        var (key, keys) = (folder["hospital.key"], Directory.CreateDirectory(folder["keys"]).FullName);
        var publicKey = Path.Combine(keys, "hospital.pem");
        (await Tool.RunAsync("/usr/bin/openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key])).Succeeded();
        (await Tool.RunAsync("/usr/bin/openssl", ["ec", "-in", key, "-pubout", "-out", publicKey])).Succeeded();
        await File.WriteAllTextAsync(folder["config.json"], JsonSerializer.Serialize(new { Models = new { TrustedKeys = keys, RequireSignature = true } }));
        Task<ToolResult> CheckAsync() => Tool.RunAsync(WorkerProcess.Program, ["model", "check", folder["sound"], "--config", folder["config.json"]]);

        Assert.Contains("is not signed and Models:RequireSignature is set", (await CheckAsync()).Output, StringComparison.Ordinal);
        var signed = (await Tool.RunAsync(WorkerProcess.Program, ["model", "sign", folder["sound"], "--key", key])).Succeeded().Output;
        Assert.Contains("signed by hospital", (await CheckAsync()).Succeeded().Output, StringComparison.Ordinal);

        // The other tool takes our signature, and we take its.
        var signature = folder["sound/package.sig"];
        await File.WriteAllTextAsync(folder["identity"], signed.Trim()[^64..]);
        await File.WriteAllBytesAsync(folder["sig"], Convert.FromBase64String(await File.ReadAllTextAsync(signature)));
        (await Tool.RunAsync("/usr/bin/openssl", ["dgst", "-sha256", "-verify", publicKey, "-signature", folder["sig"], folder["identity"]])).Succeeded();
        (await Tool.RunAsync("/usr/bin/openssl", ["dgst", "-sha256", "-sign", key, "-out", folder["sig"], folder["identity"]])).Succeeded();
        await File.WriteAllTextAsync(signature, Convert.ToBase64String(await File.ReadAllBytesAsync(folder["sig"])));
        Assert.Contains("signed by hospital", (await CheckAsync()).Succeeded().Output, StringComparison.Ordinal);

        Edit("sound", "threshold: { value: 0.61", "threshold: { value: 0.16");
        var changed = await CheckAsync();
        Assert.Equal(1, changed.ExitCode);
        Assert.Contains("was changed since", changed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_with_the_other_order_of_colours_is_refused_and_the_right_one_is_named()
    {
        ColourPackage.Write(folder["colour"], "colour");
        Assert.Equal(0, (await RunAsync("check", "colour")).ExitCode);
        Edit("colour", "colour: bgr", "colour: rgb");
        var refused = await RunAsync("check", "colour");
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal(("golden pictures", "refused"), Checks(refused.Json).Last());
        Assert.Contains("with 'colour: bgr' it gets what was expected: correct the card", refused.Json.GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_shows_every_package_with_its_state()
    {
        var list = await RunAsync("list");
        Assert.Equal(0, list.ExitCode);
        var lines = list.Json.EnumerateArray().ToDictionary(l => l.GetProperty("id").GetString()!);
        Assert.Equal(["bare: weights not installed", "flipped: refused", "late: expired", "sound: in use"], lines.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}: {l.Value.GetProperty("state").GetString()}"));
        Assert.Equal(("1.0.0", "classifier", "observe", "CPU", "2028-11-22"), (Word("version"), Word("kind"), Word("stage"), Word("provider"), Word("reviewBy")));
        Assert.Equal(12, Word("identity")!.Length);
        Assert.Contains("copy the package again", lines["flipped"].GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Contains("in use", (await Tool.RunAsync(WorkerProcess.Program, ["model", "list"], Settings())).Succeeded().Output, StringComparison.Ordinal);

        string? Word(string name) => lines["sound"].GetProperty(name).GetString();
    }

    private static IEnumerable<(string Name, string Verdict)> Checks(JsonElement result) =>
        result.GetProperty("checks").EnumerateArray().Select(c => (c.GetProperty("check").GetString()!, c.GetProperty("verdict").GetString()!));

    private async Task<(int ExitCode, JsonElement Json)> RunAsync(string command, string? package = null)
    {
        var result = await Tool.RunAsync(WorkerProcess.Program, ["model", command, .. package is null ? (string[])[] : [folder[package]], "--json"], Settings());
        return (result.ExitCode, result.Output.Length > 0 ? JsonDocument.Parse(result.Output).RootElement : throw new InvalidOperationException(result.All));
    }

    private Dictionary<string, string> Settings() => new() { ["Models__Directory"] = folder.Path, ["Inference__Provider"] = "cpu" };

    private void Edit(string package, string find, string replacement)
    {
        var card = folder[$"{package}/model.yaml"];
        File.WriteAllText(card, File.ReadAllText(card).Replace(find, replacement, StringComparison.Ordinal));
    }
}
