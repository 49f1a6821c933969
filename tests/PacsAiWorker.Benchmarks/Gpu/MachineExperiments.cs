using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Gpu;

/// <summary>What can be learnt without running anything on a GPU.</summary>
internal static class MachineExperiments
{
    private static readonly string[] Wanted = ["cudart", "cudnn", "cublas", "nvinfer", "vulkan"];

    private const int HeadLines = 60;

    public static JsonObject Describe(GpuMachine machine) => new()
    {
        ["processor"] = GpuMachine.Processor,
        ["cores"] = Environment.ProcessorCount,
        ["memoryMiB"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        ["system"] = RuntimeInformation.OSDescription,
        ["glibc"] = GpuMachine.Say("getconf", "GNU_LIBC_VERSION")?.Trim() ?? "not told",
        ["driver"] = NvidiaDriver.Describe() ?? "none",
        ["nvidiaSmi"] = Lines("nvidia-smi", ["-q"], _ => true, HeadLines),
        ["libraries"] = Lines("ldconfig", ["-p"], line => Wanted.Any(w => line.Contains(w, StringComparison.Ordinal))),
        ["onnxRuntime"] = $"{machine.Library.Version}, {machine.Library.Sha256}",
        ["build"] = machine.Library.BuildInfo,
    };

    /// <summary>Which CUDA the files were made for, and which of its libraries this machine lacks.</summary>
    public static JsonObject Links(GpuMachine machine)
    {
        var files = new JsonObject();
        foreach (var (file, sha256) in OrtProviderFiles.Digests(machine.Library.Path, OrtProvider.TensorRt))
        {
            var path = Path.Combine(machine.Folder, file);
            files[file] = new JsonObject
            {
                ["sha256"] = sha256,
                ["needs"] = Lines("readelf", ["-d", path], line => line.Contains("NEEDED", StringComparison.Ordinal)),
                ["missing"] = Lines("ldd", [path], line => line.Contains("not found", StringComparison.Ordinal)),
            };
        }
        return files;
    }

    /// <summary>Digests of the logits of one picture and of four, which on one kind of processor are always the same.</summary>
    public static JsonObject ProcessorAnswers(GpuMachine machine)
    {
        var answers = new JsonObject { ["processor"] = GpuMachine.Processor };
        foreach (var (name, isInt8) in SessionExperiments.Networks)
        {
            using var session = machine.Open(machine.Network(name, isInt8), OrtProvider.Cpu);
            var alone = GpuMachine.Run(session, GpuMachine.Pictures(session, 1), 1);
            var four = GpuMachine.Run(session, GpuMachine.Pictures(session, 4), 4);
            answers[SessionExperiments.Label(name, isInt8)] = new JsonObject
            {
                ["nodes"] = session.Placement?.Count,
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(four))),
                ["aloneAsAmongFour"] = alone.AsSpan().SequenceEqual(four.AsSpan(0, GpuMachine.Classes)),
            };
        }
        return answers;
    }

    /// <summary>The lines that are wanted, or that the program is not here.</summary>
    private static JsonNode Lines(string program, string[] arguments, Func<string, bool> isWanted, int most = int.MaxValue) => GpuMachine.Say(program, arguments) is { } text
        ? new JsonArray([.. text.Split('\n').Where(l => l.Trim().Length > 0 && isWanted(l)).Take(most).Select(l => JsonValue.Create(l.Trim()))])
        : JsonValue.Create($"{program} is not here");
}
