using System.Security.Cryptography;
using System.Text.Json;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Tests.Training;
using Xunit;

namespace PacsAiWorker.EndToEnd.Training;

/// <summary><c>model build</c>, <c>model train</c>, <c>model check</c>, <c>score</c> and <c>model evaluate</c>, as a person runs them one after the other.</summary>
public sealed class ModelTrainTests : IDisposable
{
    private const int Patients = 60, Images = 4, Side = 64, Record = 4096;

    private readonly TempFolder folder = new("train");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_training_that_is_killed_goes_on_where_it_was_and_its_package_scores()
    {
        await PrepareAsync();
        string[] train = ["model", "train", "--recipe", folder["recipe"], "--backbone", folder["backbone.onnx"], "--data", folder["data/list.csv"], "--work", folder["work"], "--seed", "3"];

        // The last image is a pipe that nobody writes to: however fast the machine is, this run cannot come to its end.
        var last = folder[$"data/phantom-lesion/{Patients * Images - 1:0000}.dcm"];
        File.Move(last, folder["last.dcm"]);
        (await Tool.RunAsync("mkfifo", [last])).Succeeded();
        await using (var killed = Child.Start(WorkerProcess.Program, [.. train, "--output", folder["models/trained"]], Settings()))
        {
            await Until.HoldsAsync("features are kept", () => Kept() >= 20_000 || killed.HasExited, () => killed.Log);
            Assert.False(killed.HasExited, killed.Log);
            await killed.KillAsync();
        }

        var kept = Kept();
        var before = File.ReadAllBytes(Cache());
        File.Delete(last);
        File.Move(folder["last.dcm"], last);
        // In another order what is computed anew would lie elsewhere: the beginning stays only when it is taken over.
        var list = File.ReadAllLines(folder["data/list.csv"]);
        File.WriteAllLines(folder["data/list.csv"], [list[0], .. list[1..].Reverse()]);
        Assert.False(Directory.Exists(folder["models/trained"]));
        var trained = (await Tool.RunAsync(WorkerProcess.Program, [.. train, "--output", folder["models/trained"], "--json"], Settings())).Succeeded();
        Assert.InRange(kept, 20_000, Kept() - 1);
        var whole = before.Length - Record; // the last record may have been cut off by the kill
        Assert.Equal(before[..whole], File.ReadAllBytes(Cache())[..whole]);
        Assert.Equal("", trained.Error);
        Assert.Equal("resnet-phantom@1.0.0", JsonDocument.Parse(trained.Output).RootElement.GetProperty("package").GetString());

        (await Tool.RunAsync(WorkerProcess.Program, [.. train.Select(word => word == folder["work"] ? folder["work-2"] : word), "--output", folder["again"]], Settings())).Succeeded();
        Assert.Equal(Digest(folder["models/trained"]), Digest(folder["again"]));

        var check = (await Tool.RunAsync(WorkerProcess.Program, ["model", "check", folder["models/trained"]], Settings())).Succeeded();
        Assert.Contains("passed", check.Output, StringComparison.Ordinal);
        var scored = (await Tool.RunAsync(WorkerProcess.Program, ["score", folder["data/phantom-lesion/0004.dcm"], "--model", "resnet-phantom"], Settings())).Succeeded();
        Assert.Contains(",resnet-phantom,1.0.0,", scored.Output, StringComparison.Ordinal);
        var command = File.ReadLines(folder["models/trained/README.md"]).Single(l => l.StartsWith("pacs-ai-worker model evaluate", StringComparison.Ordinal)).Split(' ');
        var evaluated = (await Tool.RunAsync(WorkerProcess.Program, command[1..], Settings(), folder["models/trained"])).Succeeded();
        Assert.Contains("sensitivity", evaluated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_do_ends_with_two_and_a_remedy_and_writes_nothing()
    {
        await PrepareAsync();
        string[] train = ["model", "train", "--recipe", folder["recipe"], "--backbone", folder["backbone.onnx"], "--data", folder["data/list.csv"], "--output", folder["out"]];
        await RefusedAsync("--allow-image-split", [.. train, "--split", "image"]);
        await RefusedAsync("take 2 to 100", [.. train, "--folds", "1"]);
        await RefusedAsync("name a folder that does not exist yet", [.. train[..^1], folder["data"]]);
        await RefusedAsync("has no variant 'wide'", [.. train, "--variant", "wide"]);
        await RefusedAsync("no node makes a tensor 'nothing'", [.. train, "--features", "nothing"]);
        File.WriteAllText(folder["backbone.onnx"], "no network");
        await RefusedAsync("is no ONNX network, or damaged", train);
        Assert.False(Directory.Exists(folder["out"]));

        async Task RefusedAsync(string remedy, string[] arguments)
        {
            var refused = await Tool.RunAsync(WorkerProcess.Program, arguments, Settings());
            Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
            Assert.Contains(remedy, refused.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
        }
    }

    private async Task PrepareAsync()
    {
        TrainingPhantoms.Write(folder["data"], Patients, Images);
        (await Tool.RunAsync(WorkerProcess.Program, ["model", "build", "--network", "ResNet-18", "--classes", "2", "--input-size", $"{Side}", "--outputs", "features,activation", "--output", folder["backbone.onnx"]])).Succeeded();
        ShippedPackage.CopyTo(folder["recipe"]);
        File.Delete(folder["recipe/model.onnx"]);
        Directory.Delete(folder["recipe/golden"], recursive: true);
        var card = File.ReadAllLines(folder["recipe/model.yaml"]).Where(l => !((string[])["sha256:", "bytes:", "golden:", "evaluation:", "  - { dataset:"]).Any(key => l.StartsWith(key, StringComparison.Ordinal))).Select(l => l.Split(':')[0] switch
        {
            "id" => "id: resnet-phantom",
            "architecture" => "architecture: ResNet-18",
            "input" => $"input: {{ name: input, dtype: float32, layout: NCHW, shape: [-1, 3, {Side}, {Side}] }}",
            "colour" => "colour: gray-replicate",
            "resize" => $"resize: {{ w: {Side}, h: {Side}, mode: stretch, interpolation: bilinear, antialias: true }}",
            "mean" => "mean: [0.485, 0.456, 0.406]",
            "std" => "std: [0.229, 0.224, 0.225]",
            _ => l,
        });
        await File.WriteAllLinesAsync(folder["recipe/model.yaml"], [.. card]);
    }

    private string Cache() => Directory.EnumerateFiles(folder["work"], "features-*.bin").Single();

    private long Kept() => Directory.Exists(folder["work"]) ? Directory.EnumerateFiles(folder["work"], "features-*.bin").Sum(f => new FileInfo(f).Length) : 0;

    private Dictionary<string, string> Settings() => new() { ["Models__Directory"] = folder.Folder("models"), ["Inference__Provider"] = "cpu" };

    private static string Digest(string package) => string.Join('\n', Directory.EnumerateFiles(package, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(f => $"{Path.GetRelativePath(package, f)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f)))}"));
}
