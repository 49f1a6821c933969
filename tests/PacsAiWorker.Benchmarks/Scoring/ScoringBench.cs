using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using PacsAiWorker.Benchmarks.Receive;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Scoring;

/// <summary>
/// Scoring beside a C program that runs the same network in the same library and does nothing else: our binding, and the road from DICOM
/// files to scores. Random weights; one thread a run; the order is turned round in every other repetition.
/// </summary>
public sealed class ScoringBench : IBench
{
    private const int Repetitions = 5, Pictures = 8, Threads = 1;

    private static readonly (string Network, bool Int8, int Runs)[] Networks = [("ResNet-18", false, 60), ("ResNet-50", false, 30), ("ResNet-50", true, 60), ("ViT-B/16", false, 6)];

    public string Name => "scoring";

    public async Task<JsonObject> RunAsync()
    {
        using var folder = new Scratch("scoring");
        var library = OrtLibrary.Load(null, AppContext.BaseDirectory);
        var bare = Path.Combine(folder.Path, "bare");
        await Programs.RunAsync(Programs.Find("gcc", "gcc"), ["-O2", "-Wall", "-o", bare, Path.Combine("tests", "PacsAiWorker.Benchmarks", "Scoring", "native", "bare.c"), "-ldl"], CancellationToken.None);
        var files = MakePictures(folder.Path);
        using var codecs = new CodecPool(new CodecOptions { Processes = 1 });
        var table = new MarkdownTable("network", "C best ms", "ours best ms", "C / ours", "C CPU ms", "files to scores CPU ms", "C / files to scores");
        var results = new JsonArray();
        foreach (var (network, int8, runs) in Networks)
        {
            var models = Path.Combine(folder.Path, "models-" + results.Count);
            var package = BenchPackage.Make(models, network, int8, library);
            using var session = OrtSession.Create(library, File.ReadAllBytes(package.Network), new OrtSessionSettings(IntraOpThreads: Threads));
            using var registry = ModelRegistry.Load(models, new RuntimeOptions(Provider: OrtProvider.Cpu, IntraOpThreads: Threads), TimeProvider.System);
            if (registry.Current.Refused.Count > 0)
                throw new InvalidOperationException(registry.Current.Refused[0].Why);
            var scorer = new InstanceScorer(registry.Current, codecs, TimeProvider.System);
            var scored = new List<string>();
            foreach (var file in files)
                if ((await scorer.InspectAsync(file, childrenOnly: false, CancellationToken.None)).WouldScore)
                    scored.Add(file);
            double plain = double.MaxValue, plainCpu = double.MaxValue, ours = double.MaxValue, pipeline = double.MaxValue;
            for (var repetition = 0; repetition < Repetitions; repetition++)
            {
                List<Func<Task>> turns =
                [
                    async () => (plain, plainCpu) = await LeastAsync(bare, library.Path, package, runs, (plain, plainCpu)),
                    () => Task.FromResult(ours = Math.Min(ours, Binding(session, package, runs))),
                    async () => pipeline = Math.Min(pipeline, await PipelineAsync(scorer, scored, runs)),
                ];
                if (repetition % 2 == 1)
                    turns.Reverse();
                foreach (var turn in turns)
                    await turn();
                Console.WriteLine($"{package.Id}, {repetition + 1} of {Repetitions}: C {plain:F1} ms, ours {ours:F1} ms; CPU {plainCpu:F1} and {pipeline:F1} ms");
            }
            table.Add(package.Id, MarkdownTable.Number(plain), MarkdownTable.Number(ours), MarkdownTable.Number(plain / ours),
                MarkdownTable.Number(plainCpu), MarkdownTable.Number(pipeline), MarkdownTable.Number(plainCpu / pipeline));
            results.Add(new JsonObject
            {
                ["package"] = package.Id,
                ["plainBestMs"] = plain,
                ["oursBestMs"] = ours,
                ["bindingRatio"] = plain / ours,
                ["plainCpuMs"] = plainCpu,
                ["filesToScoresCpuMs"] = pipeline,
                ["pipelineRatio"] = plainCpu / pipeline,
            });
        }
        Console.WriteLine(table);
        return new JsonObject { ["repetitions"] = Repetitions, ["threads"] = Threads, ["networks"] = results };
    }

    private static async Task<(double Best, double Cpu)> LeastAsync(string bare, string library, BenchPackage package, int runs, (double Best, double Cpu) least)
    {
        using var process = Process.Start(new ProcessStartInfo(bare, [library, package.Network, $"{package.Side}", $"{BenchPackage.Classes}", $"{Threads}", $"{runs}"]) { RedirectStandardOutput = true })!;
        var words = (await process.StandardOutput.ReadToEndAsync()).Split(' ');
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"bare ended with {process.ExitCode}");
        return (Math.Min(least.Best, double.Parse(words[0], CultureInfo.InvariantCulture)), Math.Min(least.Cpu, double.Parse(words[1], CultureInfo.InvariantCulture)));
    }

    /// <summary>Best run in milliseconds.</summary>
    private static double Binding(OrtSession session, BenchPackage package, int runs)
    {
        using var memory = new TensorMemory(1, 3 * package.Side * package.Side);
        using var call = session.Prepare(0);
        Span<float> output = stackalloc float[BenchPackage.Classes];
        memory.Rows(0, 1).Fill(0.5f);
        var best = double.MaxValue;
        for (var i = -3; i < runs; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            call.Run(memory.Rows(0, 1), 1, output);
            if (i >= 0)
                best = Math.Min(best, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        return best;
    }

    /// <summary>Processor time an image, milliseconds: opening, gating, decoding, cropping, pre-processing, digest, batch, score.</summary>
    private static async Task<double> PipelineAsync(InstanceScorer scorer, List<string> files, int runs)
    {
        await ScoreAsync(scorer, files, files.Count);
        var before = Environment.CpuUsage.TotalTime;
        await ScoreAsync(scorer, files, runs);
        return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / runs;
    }

    private static async Task ScoreAsync(InstanceScorer scorer, List<string> files, int runs)
    {
        for (var i = 0; i < runs; i += 2)
        {
            var verdicts = await Task.WhenAll(Enumerable.Range(i, Math.Min(2, runs - i)).Select(n => Task.Run(() => scorer.ScoreAsync(files[n % files.Count], 2, childrenOnly: false, CancellationToken.None))));
            if (verdicts.FirstOrDefault(v => !v.IsScored) is { } not)
                throw new InvalidOperationException($"not scored: {not.Reason}: {not.Detail}");
        }
    }

    /// <summary>Phantom stills in native pixels, a Part 10 file each.</summary>
    private static List<string> MakePictures(string folder)
    {
        var files = new List<string>();
        foreach (var instance in PhantomFleet.Make(Pictures, 1, DateTimeOffset.UnixEpoch).SelectMany(s => s.Instances))
        {
            var path = Path.Combine(folder, $"{files.Count}.dcm");
            File.WriteAllBytes(path, [.. Part10.Header(new FileMeta(instance.SopClassUid, instance.SopInstanceUid, instance.TransferSyntaxUid)), .. instance.DataSetBytes]);
            files.Add(path);
        }
        return files;
    }
}
