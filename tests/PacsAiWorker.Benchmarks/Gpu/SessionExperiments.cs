using System.Text.Json.Nodes;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Gpu;

/// <summary>Networks on CUDA: where they run, what they answer, how fast.</summary>
internal static class SessionExperiments
{
    private const int Repetitions = 20, Agreeing = 32;

    private static readonly int[] Sizes = [1, 2, 4, 8, 16, 32, 64];

    public static IReadOnlyList<(string Name, bool IsInt8)> Networks { get; } = [("ResNet-18", false), ("ResNet-50", false), ("ResNet-50", true), ("ViT-B/16", false)];

    public static string Label(string name, bool isInt8) => name + (isInt8 ? " int8" : "");

    public static JsonObject Placement(GpuMachine machine) => Each(machine, network =>
    {
        using var session = machine.Open(network, OrtProvider.Cuda);
        return new JsonObject { ["provider"] = session.Provider, ["nodes"] = session.Placement?.Count, ["options"] = session.OptionsDigest };
    });

    public static JsonObject Agreement(GpuMachine machine) => Each(machine, network =>
    {
        using var processor = machine.Open(network, OrtProvider.Cpu);
        var pictures = GpuMachine.Pictures(processor, Agreeing);
        var expected = GpuMachine.Run(processor, pictures, Agreeing);
        var found = new JsonObject();
        foreach (var precision in (OrtPrecision[])[OrtPrecision.Fp32, OrtPrecision.Tf32])
        {
            using var gpu = machine.Open(network, OrtProvider.Cuda, s => s with { Precision = precision });
            var many = GpuMachine.Run(gpu, pictures, Agreeing);
            var alone = GpuMachine.Run(gpu, pictures.AsSpan(0, pictures.Length / Agreeing), 1);
            found[$"{precision}"] = new JsonObject
            {
                ["largestDifference"] = Furthest(expected, many),
                ["sameClassFirst"] = Enumerable.Range(0, Agreeing).Count(row => expected[row * 2] > expected[(row * 2) + 1] == many[row * 2] > many[(row * 2) + 1]),
                ["of"] = Agreeing,
                ["againDiffersBy"] = Furthest(many, GpuMachine.Run(gpu, pictures, Agreeing)),
                ["aloneDiffersBy"] = Furthest(alone, many.AsSpan(0, alone.Length)),
            };
        }
        return found;
    });

    public static JsonObject Throughput(GpuMachine machine) => new()
    {
        ["asConfigured"] = Each(machine, network => Speed(machine, network, s => s)),
        ["ResNet-50"] = new JsonObject(
            from search in Enum.GetValues<OrtConvSearch>()
            from isLarge in (bool[])[true, false]
            from isNhwc in (bool[])[false, true]
            select KeyValuePair.Create<string, JsonNode?>($"{search}, workspace {(isLarge ? "large" : "small")}, {(isNhwc ? "NHWC" : "NCHW")}",
                Speed(machine, machine.Network("ResNet-50"), s => s with { ConvSearch = search, LargeWorkspace = isLarge, PreferNhwc = isNhwc }))),
    };

    /// <summary>By batch size: milliseconds of the first run, of the median of later ones, pictures a second.</summary>
    public static JsonObject Speed(GpuMachine machine, byte[] network, Func<OrtSessionSettings, OrtSessionSettings> change, OrtProvider provider = OrtProvider.Cuda, IReadOnlyList<int>? sizes = null)
    {
        using var session = machine.Open(network, provider, change);
        var found = new JsonObject();
        foreach (var rows in sizes ?? Sizes)
        {
            var pictures = GpuMachine.Pictures(session, rows);
            void Once() => GpuMachine.Run(session, pictures, rows);
            var first = GpuMachine.Time(Once);
            var median = Enumerable.Range(0, Repetitions).Select(_ => GpuMachine.Time(Once)).Order().ElementAt(Repetitions / 2);
            found[$"{rows}"] = new JsonObject { ["firstMs"] = first, ["medianMs"] = median, ["picturesPerSecond"] = rows * 1000 / median };
        }
        return found;
    }

    public static float Furthest(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var furthest = 0f;
        for (var i = 0; i < a.Length; i++)
            furthest = Math.Max(furthest, Math.Abs(a[i] - b[i]));
        return furthest;
    }

    /// <summary>One network that is refused does not silence the others.</summary>
    private static JsonObject Each(GpuMachine machine, Func<byte[], JsonObject> ask)
    {
        var found = new JsonObject();
        foreach (var (name, isInt8) in Networks)
            try
            {
                found[Label(name, isInt8)] = ask(machine.Network(name, isInt8));
            }
            catch (Exception error) when (error is OrtException or OrtDeviceException)
            {
                found[Label(name, isInt8)] = error.Message;
            }
        return found;
    }
}
