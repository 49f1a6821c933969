using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using PacsAiWorker.Benchmarks.Receive;
using PacsAiWorker.Benchmarks.Scoring;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Training.Features;
using PacsAiWorker.Inference.Training.Heads;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Benchmarks.Training;

/// <summary>
/// Head training beside scikit-learn's LogisticRegression (L-BFGS, OpenBLAS) on the same numbers; files to features beside ONNX Runtime that only
/// runs the network; DeLong's variance beside its definition. Turns alternate; the best of each counts.
/// </summary>
public sealed class TrainBench : IBench
{
    private const int Rounds = 3, Cases = 4000, Features = 2048, Classes = 11, Pictures = 48, Scores = 100_000;
    private const double L2 = 0.01;

    public string Name => "train";

    public Task<JsonObject> RunAsync()
    {
        using var folder = new Scratch("train");
        return Task.FromResult(new JsonObject { ["head"] = Head(folder.Path), ["extraction"] = Extraction(folder.Path), ["deLong"] = Area() });
    }

    private static JsonObject Head(string folder)
    {
        var random = new Random(1);
        int[] labels = [.. Enumerable.Range(0, Cases).Select(i => i % Classes)];
        // Features of a network lie near a space of few dimensions.
        const int hidden = 64;
        float[][] directions = [.. Enumerable.Range(0, hidden).Select(_ => Normals(random, Features))];
        float[][] rows = [.. labels.Select(label =>
        {
            var row = Normals(random, Features);
            for (var h = 0; h < hidden; h++)
            {
                var strength = (float)((h % Classes == label ? 0.35 : 0) + 0.5 * Normal(random));
                for (var j = 0; j < Features; j++)
                    row[j] += strength * directions[h][j];
            }
            return row;
        })];
        var scale = Standardisation.Of(rows);
        rows = [.. rows.Select(r => r.Select((v, j) => (float)((v - scale.Mean[j]) / scale.Deviation[j])).ToArray())];
        var job = new HeadJob(folder, rows, labels, Classes, L2);
        double ours = double.MaxValue, theirs = double.MaxValue;
        SoftmaxSolution? solution = null;
        JsonNode? answer = null;
        double[] weights = [.. labels.Select(_ => 1.0)];
        for (var round = 0; round < Rounds; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            solution = new SoftmaxRegression(FeatureMatrix.Of(rows), labels, weights, Classes, L2).Solve();
            ours = Math.Min(ours, Stopwatch.GetElapsedTime(begun).TotalSeconds);
            answer = job.Ask(solution);
            theirs = Math.Min(theirs, answer["seconds"]!.GetValue<double>());
        }
        double loss = answer!["ourLoss"]!.GetValue<double>(), theirLoss = answer["loss"]!.GetValue<double>();
        Say($"head, {Cases} × {Features} × {Classes}: ours {ours:F2} s ({solution!.Steps} steps), scikit-learn {theirs:F2} s ({answer["steps"]} steps, {answer["blas"]}): {theirs / ours:F1} times faster; loss {loss:R} and {theirLoss:R}, both by numpy in double");
        return new JsonObject { ["oursSeconds"] = ours, ["scikitLearnSeconds"] = theirs, ["timesFaster"] = theirs / ours, ["oursLoss"] = loss, ["scikitLearnLoss"] = theirLoss, ["relativeDifference"] = (loss - theirLoss) / theirLoss, ["blas"] = answer["blas"]!.DeepClone() };
    }

    private static JsonObject Extraction(string folder)
    {
        var results = new JsonObject();
        var library = OrtLibrary.Load(null, AppContext.BaseDirectory);
        using var codecs = new CodecPool(new CodecOptions());
        List<string> files = [];
        foreach (var instance in PhantomFleet.Make(Pictures, 1, DateTimeOffset.UnixEpoch).SelectMany(s => s.Instances))
        {
            files.Add(Path.Combine(folder, $"{files.Count}.dcm"));
            File.WriteAllBytes(files[^1], [.. Part10.Header(new FileMeta(instance.SopClassUid, instance.SopInstanceUid, instance.TransferSyntaxUid)), .. instance.DataSetBytes]);
        }
        foreach (var name in (string[])["ResNet-18", "ResNet-50"])
        {
            var card = PackageDraft.From(BenchPackage.Make(Path.Combine(folder, "models"), name, false, library).Folder).Card;
            var bytes = RandomNetwork.Create(NetworkCatalog.Find(name)!, 2, outputs: NetworkOutputs.Features).Graph.ToBytes();
            using var network = FeatureNetwork.Open(library, bytes, "features", card, name);
            // Only what passes the gates: what does not costs reading and runs nothing.
            using (var first = FeatureCache.Open(Path.Combine(folder, $"work-{name}"), "warm-up", network.Width))
                files = [.. files.Zip(new FeatureExtractor(network, first, codecs, card).Run(files, null, CancellationToken.None)).Where(f => f.Second.Image is not null).Select(f => f.First)];
            double bare = double.MaxValue, whole = double.MaxValue;
            var images = 0;
            for (var round = 0; round < Rounds; round++)
            {
                using var cache = FeatureCache.Open(Path.Combine(folder, $"work-{name}-{round}"), FeatureExtractor.Key(network, card), network.Width);
                var begun = Stopwatch.GetTimestamp();
                images = new FeatureExtractor(network, cache, codecs, card).Run(files, null, CancellationToken.None).Sum(r => r.Image?.Frames.Count ?? 0);
                whole = Math.Min(whole, Stopwatch.GetElapsedTime(begun).TotalSeconds / images);
                begun = Stopwatch.GetTimestamp();
                for (var run = 0; run < images / FeatureNetwork.Rows; run++)
                    network.Run(FeatureNetwork.Rows);
                bare = Math.Min(bare, Stopwatch.GetElapsedTime(begun).TotalSeconds / (images / FeatureNetwork.Rows * FeatureNetwork.Rows));
            }
            Say($"features of {images} pictures, {name}: {1 / whole:F1} a second from files, {1 / bare:F1} by ONNX Runtime alone: {bare / whole:F3}");
            results[name] = new JsonObject { ["filesASecond"] = 1 / whole, ["bareASecond"] = 1 / bare, ["ratio"] = bare / whole };
        }
        return results;
    }

    private static JsonObject Area()
    {
        var random = new Random(2);
        var positives = Enumerable.Range(0, Scores / 4).Select(_ => Math.Round(random.NextDouble() + 0.2, 3)).ToArray();
        var negatives = Enumerable.Range(0, Scores - positives.Length).Select(_ => Math.Round(random.NextDouble(), 3)).ToArray();
        double ours = double.MaxValue;
        AucEstimate? estimate = null;
        for (var round = 0; round < Rounds; round++)
        {
            var turn = Stopwatch.GetTimestamp();
            estimate = DeLong.Estimate(positives, negatives);
            ours = Math.Min(ours, Stopwatch.GetElapsedTime(turn).TotalSeconds);
        }
        var begun = Stopwatch.GetTimestamp();
        var (auc, variance) = ByDefinition(positives, negatives);
        var plain = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        Say($"DeLong, {Scores} scores: {ours * 1e3:F1} ms, by its definition {plain * 1e3:F0} ms: {plain / ours:F0} times faster; differences {Math.Abs(auc - estimate!.Auc):E1} and {Math.Abs(variance - estimate.Variance):E1}");
        return new JsonObject { ["timesFaster"] = plain / ours, ["aucDifference"] = Math.Abs(auc - estimate.Auc), ["varianceDifference"] = Math.Abs(variance - estimate.Variance) };
    }

    /// <summary>Each pair compared.</summary>
    private static (double Auc, double Variance) ByDefinition(double[] positives, double[] negatives)
    {
        double[] below = new double[positives.Length], above = new double[negatives.Length];
        for (var i = 0; i < positives.Length; i++)
            for (var j = 0; j < negatives.Length; j++)
            {
                var wins = positives[i] > negatives[j] ? 1 : positives[i] == negatives[j] ? 0.5 : 0;
                below[i] += wins;
                above[j] += wins;
            }
        double Variance(double[] values, double count)
        {
            double mean = values.Sum(v => v / count) / values.Length;
            return values.Sum(v => (v / count - mean) * (v / count - mean)) / (values.Length - 1) / values.Length;
        }
        return (below.Sum() / positives.Length / negatives.Length, Variance(below, negatives.Length) + Variance(above, positives.Length));
    }

    private static float[] Normals(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)Normal(random))];

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>The same numbers for scikit-learn, in files.</summary>
    private sealed class HeadJob
    {
        private readonly string _folder;

        public HeadJob(string folder, float[][] rows, int[] labels, int classes, double l2)
        {
            _folder = folder;
            File.WriteAllBytes(Path.Combine(folder, "features.f32"), MemoryMarshal.AsBytes<float>([.. rows.SelectMany(r => r)]).ToArray());
            File.WriteAllBytes(Path.Combine(folder, "labels.i32"), MemoryMarshal.AsBytes<int>(labels).ToArray());
            File.WriteAllText(Path.Combine(folder, "job.json"), JsonSerializer.Serialize(new { cases = rows.Length, features = rows[0].Length, classes, l2, balanced = false }));
        }

        public JsonNode Ask(SoftmaxSolution solution)
        {
            File.WriteAllBytes(Path.Combine(_folder, "weights.f64"), MemoryMarshal.AsBytes<double>([.. solution.Weights, .. solution.Bias]).ToArray());
            var info = Programs.StartInfo("/usr/bin/python3", [Path.Combine("tests", "PacsAiWorker.EndToEnd", "Judges", "judge_head.py"), _folder]);
            info.RedirectStandardOutput = true;
            using var process = Process.Start(info)!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? JsonNode.Parse(text)! : throw new InvalidOperationException($"judge_head.py ended with {process.ExitCode}");
        }
    }
}
