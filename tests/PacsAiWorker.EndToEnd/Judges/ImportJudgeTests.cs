using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>Networks that ONNX's own library wrote, in the manner of PyTorch's exporters, made into packages; and networks whose head was replaced, before its checker.</summary>
public sealed class ImportJudgeTests : IDisposable
{
    private const int Side = 32, Classes = 3;
    private static readonly Dictionary<string, string> Cpu = new() { ["Inference__Provider"] = "cpu" };
    private readonly TempFolder folder = new("import");

    public void Dispose() => folder.Dispose();

    /// <summary>What check_network.py says of a file.</summary>
    private sealed record Judged(string? Error, Dictionary<string, object[]> Inputs, Dictionary<string, object[]> Outputs, Dictionary<string, int> Operators);

    [Theory]
    [InlineData("resnet.onnx", "input.1", "191", "N 8 16 16", 8)]
    [InlineData("folded.onnx", "x", "output", "N 8 16 16", 8)]
    [InlineData("alexnet.onnx", "input", "output", "N 8 7 7", 12)]
    [InlineData("vit.onnx", "input", "output", "N 17 12", 12)]
    public async Task An_exported_network_becomes_a_package_that_passes_all_checks_and_gives_the_same_bits(string file, string input, string output, string maps, int features)
    {
        Tool.Find("/usr/lib/python3/dist-packages/onnx/__init__.py", "python3-onnx");
        Assert.Contains(file, await PhantomMaker.PythonAsync<IReadOnlyList<string>>("Judges/make_external.py", [folder["."]]));
        var recipe = RecipeFolder.Write(folder["recipe"], Side, Classes);
        var package = folder["package"];
        (await Tool.RunAsync(WorkerProcess.Program, ["model", "build", "--from", folder[file], "--recipe", recipe, "--output", package], Cpu)).Succeeded();
        Assert.EndsWith("passed\n", (await Tool.RunAsync(WorkerProcess.Program, ["model", "check", package], Cpu)).Succeeded().Output, StringComparison.Ordinal);

        var network = Path.Combine(package, "model.onnx");
        var judged = (await PhantomMaker.PythonAsync<IReadOnlyList<Judged>>("Judges/check_network.py", [network])).Single();
        Assert.Null(judged.Error);
        Assert.Equal("N 3", Shape(judged.Outputs["logits"]));
        Assert.Equal(maps, Shape(judged.Outputs["activation"]));
        Assert.Equal($"N {features}", Shape(judged.Outputs["features"]));

        // The parts are what the script called maps and flat, whatever they are called here.
        var whole = OnnxSurgery.Read(folder[file]);
        whole.Expose("maps", [-1, .. judged.Outputs["activation"].Skip(1).Select(d => long.Parse($"{d}", null))]);
        whole.Expose("flat", -1, features);
        var (before, after) = (Run(Written(whole), input), Run(network, "input"));
        Assert.Equal(before[output], after["logits"]);
        Assert.Equal(before["flat"], after["features"]);
        Assert.Equal(before["maps"], after["activation"]);
    }

    [Theory]
    [InlineData("AlexNet", 224, 4096)]
    [InlineData("ResNet-18", 64, 512)]
    [InlineData("ViT-B/16", 32, 768)]
    public async Task A_network_with_another_head_is_accepted_by_the_checker(string name, int side, int features)
    {
        using (var stream = File.Create(folder["network.onnx"]))
            RandomNetwork.Create(NetworkCatalog.Find(name)!, 1000, side, outputs: NetworkOutputs.Features | NetworkOutputs.Activation).Graph.WriteTo(stream);
        var surgery = OnnxSurgery.Read(folder["network.onnx"]);
        surgery.ReplaceHead("features", "logits", new float[2 * features], new float[2]);
        var changed = Written(surgery);
        Assert.InRange(new FileInfo(folder["network.onnx"]).Length - new FileInfo(changed).Length, 998 * 4 * features, 998 * 4 * (features + 2)); // before the checker writes all shapes into it
        var judged = (await PhantomMaker.PythonAsync<IReadOnlyList<Judged>>("Judges/check_network.py", [changed])).Single();
        Assert.Null(judged.Error);
        Assert.Equal("N 2", Shape(judged.Outputs["logits"]));
        Assert.Equal(["activation", "features", "logits"], judged.Outputs.Keys.Order());
    }

    private string Written(OnnxSurgery surgery)
    {
        using var stream = File.Create(folder["changed.onnx"]);
        surgery.Write(stream);
        return folder["changed.onnx"];
    }

    private static Dictionary<string, float[]> Run(string file, string input)
    {
        using var session = OrtSession.Create(OrtLibrary.Load(null, AppContext.BaseDirectory), File.ReadAllBytes(file), new OrtSessionSettings());
        Assert.Equal(input, session.Inputs.Single().Name);
        var pictures = SeededWeights.Take(SeededWeights.Normal(3, "pictures", 1), 2 * 3 * Side * Side);
        return session.Outputs.Select(o => o.Name).Zip(session.Run(pictures, [2, 3, Side, Side])).ToDictionary(o => o.First, o => o.Second);
    }

    private static string Shape(object[] dims) => string.Join(' ', dims);
}
