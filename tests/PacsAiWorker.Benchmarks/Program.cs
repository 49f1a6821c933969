using System.Text.Json;
using PacsAiWorker.Benchmarks;

// bench [NAME]: side-by-side runs; prints ratios, writes artifacts/bench/NAME.json.
IBench[] benches = [new ParseBench(), new DecodeBench()];
var chosen = benches.Where(b => args.Length == 0 || args.Contains(b.Name)).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"eng/bench [{string.Join("|", benches.Select(b => b.Name))}]");
    return 2;
}

var options = new JsonSerializerOptions { WriteIndented = true };
foreach (var bench in chosen)
{
    var result = await bench.RunAsync();
    var path = Path.Combine(Directory.CreateDirectory("artifacts/bench").FullName, bench.Name + ".json");
    File.WriteAllText(path, result.ToJsonString(options));
    Console.WriteLine($"Written {path}");
}

return 0;
