using System.Text.Json;
using PacsAiWorker.Benchmarks;
using PacsAiWorker.Benchmarks.Flag;
using PacsAiWorker.Benchmarks.Gpu;
using PacsAiWorker.Benchmarks.Receive;
using PacsAiWorker.Benchmarks.Scoring;
using PacsAiWorker.Benchmarks.Training;

// bench [NAME] [OPTIONS]: side-by-side runs; prints ratios, writes artifacts/bench/NAME.json.
var names = args.TakeWhile(word => !word.StartsWith("--", StringComparison.Ordinal)).ToList();
IBench[] benches = [new ParseBench(), new DecodeBench(), new ScoringBench(), new ServingBench(), new WorkersBench(), new FlagBench(), new TrainBench(), new GpuBench(), new ReceiveBench(args[names.Count..])];
var chosen = benches.Where(b => names.Count == 0 || names.Contains(b.Name)).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"eng/bench [{string.Join("|", benches.Select(b => b.Name))}]");
    return 2;
}

var options = new JsonSerializerOptions { WriteIndented = true };
try
{
    foreach (var bench in chosen)
    {
        var result = await bench.RunAsync();
        var path = Path.Combine(Directory.CreateDirectory("artifacts/bench").FullName, bench.Name + ".json");
        File.WriteAllText(path, result.ToJsonString(options));
        Console.WriteLine($"Written {path}");
    }
}
catch (FormatException error)
{
    Console.Error.WriteLine($"{error.Message}\n{ReceiveOptions.Usage}");
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped.");
    return 1;
}

return 0;
