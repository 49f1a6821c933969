using System.Diagnostics;
using System.Text.Json.Nodes;
using PacsAiWorker.Benchmarks.Receive;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Scoring;

/// <summary>
/// How images share the device: how long a STAT image waits when the device is saturated, what an image costs when the device has little to
/// do, and what memory becomes after many batches of several networks. Random weights.
/// </summary>
public sealed class ServingBench : IBench
{
    private const int Stats = 60, Images = 100, Batches = 10_000, Settled = 500;

    private static readonly string[] Small = ["a", "b", "c", "d", "e"];

    public string Name => "serving";

    public async Task<JsonObject> RunAsync()
    {
        using var folder = new Scratch("serving");
        var library = OrtLibrary.Load(null, AppContext.BaseDirectory);
        BenchPackage.Make(Path.Combine(folder.Path, "one"), "ResNet-18", int8: false, library);
        using var one = ModelRegistry.Load(Path.Combine(folder.Path, "one"), Cpu, TimeProvider.System);
        var (stat, batch) = await StatAsync(one.Current.Models[0].Queue);
        Console.WriteLine($"STAT at saturation: p95 {stat:F1} ms, a batch {batch:F1} ms, ratio {stat / batch:F2}");
        var (busy, idle) = await LoadAsync(one.Current.Models[0].Queue);
        Console.WriteLine($"CPU an image: {busy:F2} ms at saturation, {idle:F2} ms at 20 % load, ratio {idle / busy:F2}");
        foreach (var name in Small)
            CopyDemonstration(Path.Combine(folder.Path, "five", name), name);
        using var five = ModelRegistry.Load(Path.Combine(folder.Path, "five"), Cpu, TimeProvider.System);
        if (five.Current.Models.Count != Small.Length)
            throw new InvalidOperationException(string.Join("; ", five.Current.Refused.Select(r => r.Why)));
        var (early, late) = await MemoryAsync(five.Current.Models);
        Console.WriteLine($"Memory of its own: {early / 1e6:F1} MB after {Settled} batches, {late / 1e6:F1} MB after {Batches}, ratio {late / early:F3}");
        return new JsonObject
        {
            ["statP95Ms"] = stat,
            ["batchMs"] = batch,
            ["statInBatches"] = stat / batch,
            ["cpuMsAtSaturation"] = busy,
            ["cpuMsAt20Percent"] = idle,
            ["loadRatio"] = idle / busy,
            ["bytesSettled"] = early,
            ["bytesAfter"] = late,
            ["memoryRatio"] = late / early,
        };
    }

    private static RuntimeOptions Cpu => new(Provider: OrtProvider.Cpu, IntraOpThreads: 1);

    /// <summary>Milliseconds from asking for a place to the score, 95th percentile; and of a batch as routine images see it, median.</summary>
    private static async Task<(double Stat, double Batch)> StatAsync(ModelQueue queue)
    {
        using var end = new CancellationTokenSource();
        var ran = new List<double>();
        var routine = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                var item = await RunAsync(queue, Tiers.Routine);
                lock (ran)
                    ran.Add(item.Ran);
            }
        })).ToList();
        var waits = new List<double>();
        for (var i = 0; i < Stats; i++)
        {
            // At no fixed point of a batch.
            await Task.Delay(50 + (i * 37 % 90));
            waits.Add((await RunAsync(queue, 0)).Took);
        }
        await end.CancelAsync();
        await Task.WhenAll(routine);
        return (waits.Order().ElementAt((int)(0.95 * Stats)), ran.Order().ElementAt(ran.Count / 2));
    }

    /// <summary>Processor milliseconds an image, saturated and with four fifths of the time nothing to do.</summary>
    private static async Task<(double Busy, double Idle)> LoadAsync(ModelQueue queue)
    {
        async Task<double> CpuAsync(Func<double, Task> rest)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < Images; i++)
                await rest((await RunAsync(queue, Tiers.Routine)).Took);
            return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / Images;
        }

        var (busy, idle) = (double.MaxValue, double.MaxValue);
        for (var repetition = 0; repetition < 3; repetition++)
        {
            busy = Math.Min(busy, await CpuAsync(_ => Task.CompletedTask));
            idle = Math.Min(idle, await CpuAsync(took => Task.Delay(TimeSpan.FromMilliseconds(4 * took))));
        }
        return (busy, idle);
    }

    private static async Task<(double Early, double Late)> MemoryAsync(IReadOnlyList<LoadedModel> models)
    {
        double early = 0;
        for (var batch = 0; batch < Batches; batch++)
        {
            if (batch == Settled)
                early = Resident();
            var queue = models[batch * 7 % models.Count].Queue;
            await Task.WhenAll(Enumerable.Range(0, 1 + (batch % 4)).Select(_ => RunAsync(queue, batch % 4)));
        }
        return (early, Resident());
    }

    private static double Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return ProcessTree.AnonymousBytes([Environment.ProcessId]);
    }

    private static async Task<(double Took, double Ran)> RunAsync(ModelQueue queue, int tier)
    {
        var begun = Stopwatch.GetTimestamp();
        using var item = await queue.LeaseAsync(tier, CancellationToken.None);
        item.Input.Fill(0.5f);
        item.Submit();
        await item.DoneAsync();
        return item.Outcome == BatchOutcome.Scored ? (Stopwatch.GetElapsedTime(begun).TotalMilliseconds, item.Ran.TotalMilliseconds) : throw new InvalidOperationException(item.Why);
    }

    private static void CopyDemonstration(string folder, string id)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "models", "demo-phantom");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        var card = Path.Combine(folder, "model.yaml");
        File.WriteAllText(card, File.ReadAllText(card).Replace("id: demo-phantom", $"id: {id}-phantom", StringComparison.Ordinal));
    }
}
