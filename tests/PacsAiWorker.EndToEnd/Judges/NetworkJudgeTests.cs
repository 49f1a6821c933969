using PacsAiWorker.Commands;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>Each network in full size, written by the command, judged by ONNX's own checker and run by ONNX Runtime.</summary>
public sealed class NetworkJudgeTests : IDisposable
{
    private readonly TempFolder folder = new("networks");

    public void Dispose() => folder.Dispose();

    /// <summary>What check_network.py says of a file.</summary>
    private sealed record Judged(string? Error, int Opset, int Ir, Dictionary<string, object[]> Inputs, Dictionary<string, object[]> Outputs, long Trainable, Dictionary<string, int> Operators);

    [Theory]
    [InlineData("AlexNet", "N 256 6 6", "N 4096")]
    [InlineData("CaffeNet", "N 256 6 6", "N 4096")]
    [InlineData("VGG-16", "N 512 7 7", "N 4096")]
    [InlineData("ResNet-18", "N 512 7 7", "N 512")]
    [InlineData("ResNet-50", "N 2048 7 7", "N 2048")]
    [InlineData("ResNet-101", "N 2048 7 7", "N 2048")]
    [InlineData("DenseNet-169", "N 1664 7 7", "N 1664")]
    [InlineData("ViT-B/16", "N 768 14 14", "N 768")]
    public async Task A_network_in_full_size_is_accepted_and_runs(string name, string activation, string features)
    {
        var design = NetworkCatalog.Find(name)!;
        var judged = await BuiltAsync(name, 1000, "--outputs", "logits,features,activation");
        Assert.Null(judged.Error);
        Assert.Equal((17, 8, design.PublishedParameters), (judged.Opset, judged.Ir, judged.Trainable));
        Assert.Equal([("input", $"N 3 {design.InputSize} {design.InputSize}")], judged.Inputs.Select(Shape));
        Assert.Equal([("logits", "N 1000"), ("activation", activation), ("features", features)], judged.Outputs.Select(Shape).OrderBy(o => o.Item1 != "logits").ThenBy(o => o.Item1));

        await BuiltAsync(name, 3);
        Runs(design.InputSize, classes: 3);
    }

    [Theory]
    [InlineData("ResNet-18", 20, 8)]
    [InlineData("ResNet-50", 53, 16)]
    [InlineData("ResNet-101", 104, 33)]
    public async Task An_8_bit_network_is_accepted_runs_and_is_fused_throughout(string name, int convolutions, int sums)
    {
        Assert.Null((await BuiltAsync(name, 3, "--int8")).Error);
        Runs(224, classes: 3);

        // One operator in place of five: else the 8-bit form would be slower than the float one.
        const string optimise = "require(process.argv[1]).InferenceSession.create(process.argv[2], { optimizedModelFilePath: process.argv[3], logSeverityLevel: 3 })";
        (await Tool.RunAsync("/usr/bin/env", ["node", "-e", optimise, SourceTree.Path("node_modules", "onnxruntime-node"), folder["network.onnx"], folder["optimised.onnx"]])).Succeeded();
        var operators = (await JudgedAsync("optimised.onnx")).Operators;
        Assert.Equal((convolutions, sums), (operators["QLinearConv"], operators["QLinearAdd"]));
        Assert.DoesNotContain(operators.Keys, op => op is "Conv" or "Add" or "Relu");
        Assert.Equal((1, 1), (operators["QuantizeLinear"], operators["DequantizeLinear"]));
    }

    private async Task<Judged> BuiltAsync(string name, int classes, params string[] more)
    {
        Assert.Equal(ExitCodes.Done, await ModelCommand.Create().Parse(["build", "--network", name, "--classes", $"{classes}", "--output", folder["network.onnx"], .. more]).InvokeAsync());
        return await JudgedAsync("network.onnx");
    }

    private async Task<Judged> JudgedAsync(string file)
    {
        Tool.Find("/usr/lib/python3/dist-packages/onnx/__init__.py", "python3-onnx");
        return (await PhantomMaker.PythonAsync<IReadOnlyList<Judged>>("Judges/check_network.py", [folder[file]])).Single();
    }

    private void Runs(int side, int classes)
    {
        var library = OrtLibrary.Load(null, AppContext.BaseDirectory);
        using var session = OrtSession.Create(library, File.ReadAllBytes(folder["network.onnx"]), new OrtSessionSettings());
        foreach (var batch in (int[])[1, 3])
        {
            var pictures = SeededWeights.Take(SeededWeights.Normal(3, "pictures", 1), batch * 3 * side * side);
            var logits = session.Run(pictures, [batch, 3, side, side]).Single();
            Assert.Equal(batch * classes, logits.Length);
            Assert.All(logits, v => Assert.True(float.IsFinite(v)));
        }
    }

    private static (string, string) Shape(KeyValuePair<string, object[]> tensor) => (tensor.Key, string.Join(' ', tensor.Value));
}
