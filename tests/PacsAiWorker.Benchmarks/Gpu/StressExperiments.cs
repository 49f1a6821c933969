using System.Text.Json.Nodes;
using PacsAiWorker.Benchmarks.Receive;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Gpu;

/// <summary>What happens to a GPU in the long run and when something is wrong.</summary>
internal static class StressExperiments
{
    private const int Batches = 10_000, Each = 100, Runs = 200;

    private static readonly int[] Sizes = [1, 2, 4, 8, 16, 32];

    public static JsonObject Soak(GpuMachine machine)
    {
        var sessions = Enumerable.Range(1, 5).Select(seed => machine.Open(machine.Network("ResNet-18", seed: (ulong)seed), OrtProvider.Cuda)).ToList();
        var pictures = Sizes.ToDictionary(rows => rows, rows => GpuMachine.Pictures(sessions[0], rows));
        var memory = new JsonArray();
        try
        {
            for (var batch = 0; batch < Batches; batch++)
            {
                var rows = Sizes[batch * 5 % Sizes.Length];
                GpuMachine.Run(sessions[batch * 7 % sessions.Count], pictures[rows], rows);
                if (batch % Each == Each - 1)
                    memory.Add(machine.MemoryUsed());
            }
        }
        finally
        {
            sessions.ForEach(s => s.Dispose());
        }
        return new JsonObject { ["everyBatches"] = Each, ["memoryMiB"] = memory, ["afterClosingMiB"] = machine.MemoryUsed() };
    }

    /// <summary>Which words the library has for it, whether smaller batches run afterwards, and whether a new session does.</summary>
    public static JsonObject OutOfMemory(GpuMachine machine)
    {
        const long Little = 256L << 20;
        var network = machine.Network("ResNet-50");
        using var session = machine.Open(network, OrtProvider.Cuda, s => s with { GpuMemoryBytes = Little });
        var found = new JsonObject { ["limitMiB"] = Little >> 20 };
        foreach (var rows in (int[])[64, 32, 16, 8, 4, 2, 1])
            found[$"{rows}"] = Outcome(() => GpuMachine.Run(session, GpuMachine.Pictures(session, rows), rows));
        found["newSession"] = Outcome(() =>
        {
            using var again = machine.Open(network, OrtProvider.Cuda);
            GpuMachine.Run(again, GpuMachine.Pictures(again, 1), 1);
        });
        return found;
    }

    public static JsonObject Threads(GpuMachine machine)
    {
        var network = machine.Network("ResNet-18");
        using var session = machine.Open(network, OrtProvider.Cuda);
        var pictures = GpuMachine.Pictures(session, 4);
        var expected = GpuMachine.Run(session, pictures, 4);
        var furthest = new float[2];
        var together = Outcome(() => Parallel.For(0, furthest.Length, thread =>
        {
            for (var run = 0; run < Runs; run++)
                furthest[thread] = Math.Max(furthest[thread], SessionExperiments.Furthest(expected, GpuMachine.Run(session, pictures, 4)));
        }));
        var beside = Outcome(() => Parallel.Invoke(
            () =>
            {
                for (var run = 0; run < Runs; run++)
                    GpuMachine.Run(session, pictures, 4);
            },
            () =>
            {
                using var other = machine.Open(network, OrtProvider.Cuda);
                GpuMachine.Run(other, pictures, 4);
            }));
        return new JsonObject { ["twoThreads"] = together, ["largestDifference"] = furthest.Max(), ["openedBeside"] = beside };
    }

    public static JsonObject Engines(GpuMachine machine)
    {
        using var folder = new Scratch("engines");
        // What NVIDIA's libraries are told decides which of the two may be claimed.
        var plain = Environment.GetEnvironmentVariable("NVIDIA_TF32_OVERRIDE") == "0" ? OrtPrecision.Fp32 : OrtPrecision.Tf32;
        var network = machine.Network("ResNet-50");
        var found = new JsonObject();
        foreach (var (title, precision, most) in ((string, OrtPrecision, int)[])[("built", plain, 32), ("from the cache", plain, 32), ("other sizes", plain, 16), ("float16", OrtPrecision.Fp16, 32)])
        {
            OrtSessionSettings With(OrtSessionSettings s) =>
                s with { Precision = precision, Engine = new OrtEngine(OrtEngineFolder.Prepare(folder.Path, $"{precision}", $"{most}"), "input", [3, 224, 224], 8, most) };
            found[title] = new JsonObject
            {
                ["precision"] = $"{precision}",
                ["openMs"] = GpuMachine.Time(() => machine.Open(network, OrtProvider.TensorRt, With).Dispose()),
                ["runs"] = SessionExperiments.Speed(machine, network, With, OrtProvider.TensorRt, [.. Sizes.Where(size => size <= most)]),
            };
        }
        return found;
    }

    public static JsonObject WrongDevice(GpuMachine machine) => new()
    {
        ["device 99"] = Outcome(() => machine.Open(machine.Network("ResNet-18"), OrtProvider.Cuda, s => s with { CudaDevice = 99 }).Dispose()),
        ["then device 0"] = Outcome(() => machine.Open(machine.Network("ResNet-18"), OrtProvider.Cuda).Dispose()),
    };

    private static string Outcome(Action action)
    {
        try
        {
            action();
            return "ran";
        }
        catch (Exception error) when ((error as AggregateException)?.InnerException is OrtException or OrtDeviceException || error is OrtException or OrtDeviceException)
        {
            return error.GetBaseException().Message;
        }
    }
}
