using System.Diagnostics;
using System.Globalization;
using PacsAiWorker.Fuzz;

// fuzz TARGET --minutes N [--seed S] [--keep DIR]: writes each finding to DIR and ends with 1 if there was one.
IFuzzTarget[] targets = [new ParserTarget(), new PduTarget(), new CodecTarget("/usr/lib/python3/dist-packages/pydicom/data/test_files")];
var words = string.Join("|", targets.Select(t => t.Name));
if (args.Length < 3 || args[1] != "--minutes" || targets.FirstOrDefault(t => t.Name == args[0]) is not { } target
    || !double.TryParse(args[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var minutes))
{
    Console.Error.WriteLine($"eng/fuzz {words} --minutes N [--seed S] [--keep DIR]");
    return 2;
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
var seed = int.Parse(Option("--seed") ?? "1", CultureInfo.InvariantCulture);
var watch = Stopwatch.StartNew();
var result = FuzzRun.Run(target, seed, _ => watch.Elapsed.TotalMinutes < minutes, FuzzRun.LongestInput);
var keep = Directory.CreateDirectory(Option("--keep") ?? "artifacts/fuzz");
foreach (var (finding, number) in result.Findings.Select((f, i) => (f, i + 1)))
{
    var path = Path.Combine(keep.FullName, $"{target.Name}-{seed}-{number}.bin");
    File.WriteAllBytes(path, finding.Input);
    Console.WriteLine($"{path}: {finding.What}");
}

Console.WriteLine($"{target.Name}: {result.Inputs} inputs in {watch.Elapsed.TotalMinutes:F1} minutes, {result.Corpus} in the corpus, {result.Findings.Count} findings");
return result.Findings.Count == 0 ? 0 : 1;
