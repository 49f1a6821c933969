using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Inference.Training;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Demo.Training;

/// <summary>
/// Trains the demonstration package on phantoms and writes it. The same seed gives the same bytes, on every machine: plain
/// double arithmetic, fixed order, one thread.
/// </summary>
public static class DemoModelTrainer
{
    /// <summary>The seed of the package that is shipped.</summary>
    public const int ShippedSeed = 20261;

    private const int TrainingStudies = 160, HeldOutStudies = 200;
    private const double L2 = 1e-3, TrainingSpecificity = 0.97;

    /// <summary>Writes model.onnx, model.yaml, README.md and golden/ into a folder, which is made when absent.</summary>
    public static DemoFigures Train(string outDirectory, int seed)
    {
        ArgumentException.ThrowIfNullOrEmpty(outDirectory);
        var stream = (ulong)(uint)seed << 8;
        var training = DemoCase.Draw(TrainingStudies, stream + 1);
        var head = LogisticHead.Train([.. training.Select(c => c.Features)], [.. training.Select(c => c.Lesion)], L2);
        var threshold = Threshold([.. training.Where(c => !c.Lesion).Select(c => head.Probability(c.Features))]);
        var figures = DemoFigures.Measure(DemoCase.Draw(HeldOutStudies, stream + 2), head, threshold, TrainingStudies, training.Count);

        Directory.CreateDirectory(Path.Combine(outDirectory, "golden"));
        var network = FilterBank.Network("demo-phantom", "picture", "logits", head);
        File.WriteAllBytes(Path.Combine(outDirectory, "model.onnx"), network);
        var picture = DemoGolden.Choose(head, (ulong)(uint)seed);
        var golden = DemoCase.Tensor(PhantomImage.Make(new PhantomScene((ulong)(uint)seed, true, Geometry.Convex)));
        var score = head.Score(FilterBank.Features(golden));
        WriteFloats(Path.Combine(outDirectory, "golden", "input.f32"), golden);
        WriteFloats(Path.Combine(outDirectory, "golden", "output.f32"), [(float)(-score / 2), (float)(score / 2)]);
        File.WriteAllBytes(Path.Combine(outDirectory, DemoGolden.File), picture.PartTen());
        var digest = Convert.ToHexStringLower(SHA256.HashData(network));
        File.WriteAllText(Path.Combine(outDirectory, "model.yaml"), DemoCardText.Yaml(digest, network.Length, figures, picture));
        File.WriteAllText(Path.Combine(outDirectory, "README.md"), DemoCardText.Readme(figures, seed));
        return figures;
    }

    /// <summary>The lowest probability, in hundredths, below which the wanted share of negatives lies.</summary>
    private static double Threshold(double[] negatives)
    {
        for (var hundredths = 1; hundredths < 99; hundredths++)
            if (negatives.Count(p => p < hundredths / 100.0) >= TrainingSpecificity * negatives.Length)
                return hundredths / 100.0;
        return 0.99;
    }

    private static void WriteFloats(string path, float[] values) =>
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<float>(values).ToArray());
}
