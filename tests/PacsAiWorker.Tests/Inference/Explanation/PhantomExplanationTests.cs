using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Demo.Training;
using PacsAiWorker.Inference.Explanation;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Inference.Networks;
using PacsAiWorker.Tests.Native;
using Xunit.Abstractions;

namespace PacsAiWorker.Tests.Inference.Explanation;

/// <summary>The shipped network on phantoms whose lesion is known, and the same network with all weights at random.</summary>
public sealed class PhantomExplanationTests(ITestOutputHelper output)
{
    private const int Phantoms = 50, Lesion = 1;
    private const ulong HeldOut = 7_000_000_000; // training draws its seeds at random from 2⁶³

    private static readonly string Folder = SourceTree.Path("models", "demo-phantom");

    [Fact]
    public void The_map_is_highest_inside_the_planted_lesion_and_with_random_weights_it_is_not()
    {
        var card = ModelPackage.Load(Folder).Card;
        var network = File.ReadAllBytes(Path.Combine(Folder, "model.onnx"));
        var images = Enumerable.Range(0, Phantoms).Select(i => PhantomImage.Make(new PhantomScene(HeldOut + (ulong)i, true, (Geometry)(i % 3)))).ToList();
        var chance = images.Average(Chance);
        var trained = images.Count(Hits(network, card));
        var random = Enumerable.Range(1, 4).Select(seed => images.Count(Hits(Randomised(network, (ulong)seed), card))).ToList();
        output.WriteLine($"highest inside the lesion: {trained} of {Phantoms}; by chance {chance:P1}; with random weights {string.Join(", ", random)} of {Phantoms}");
        Assert.InRange(trained, 0.8 * Phantoms, Phantoms);
        Assert.InRange(random.Average() / Phantoms, 0, 0.15);
    }

    private static Func<PhantomImage, bool> Hits(byte[] network, ModelCard card) => image =>
    {
        using var session = OrtSession.Create(Ort.Library, network, new OrtSessionSettings());
        using var cam = new ScoreCam(session, card);
        var crop = new Crop(image.Box.X0, image.Box.Y0, image.Box.X1, image.Box.Y1, CropSource.Region);
        var (x, y) = cam.Explain(DemoCase.Tensor(image), Lesion, channels: null).Peak(card.Preprocessing, crop);
        return IsInside(image.LesionBox!.Value, x, y);
    };

    /// <summary>Within the ellipse that fills the box.</summary>
    private static bool IsInside(Box box, int x, int y)
    {
        double a = (x + 0.5 - (box.X0 + box.X1 + 1) / 2.0) / (box.Width / 2.0), b = (y + 0.5 - (box.Y0 + box.Y1 + 1) / 2.0) / (box.Height / 2.0);
        return a * a + b * b <= 1;
    }

    /// <summary>Share of the scanned pixels that lie in the lesion.</summary>
    private static double Chance(PhantomImage image)
    {
        var (inside, scanned) = (0, 0);
        for (var i = 0; i < image.Grey.Length; i++)
            if (image.Grey[i] > 0)
            {
                scanned++;
                inside += IsInside(image.LesionBox!.Value, i % image.Scene.Width, i / image.Scene.Width) ? 1 : 0;
            }
        return (double)inside / scanned;
    }

    /// <summary>Each mean over a window becomes a sum with random weights of the same size; so does the head.</summary>
    private static byte[] Randomised(byte[] network, ulong seed)
    {
        var graph = new OnnxGraph("random").Input("picture", null, 1, 96, 96);
        foreach (var (name, tensor) in OnnxFile.Read(network).Tensors)
            graph.Weights(name, name == "head_weights" ? SeededWeights.Take(SeededWeights.Normal(seed, name, Deviation(tensor.Floats)), tensor.Floats.Length) : tensor.Floats, tensor.Shape);
        foreach (var node in OnnxSurgery.Read(network, "").Nodes)
        {
            List<(string, object)> attributes = [.. ((string[])["axis", "transB"]).Where(a => node.Integer(a) is not null).Select(a => (a, (object)node.Integer(a)!.Value))];
            var inputs = node.Inputs.ToList();
            if (node.Operator == "AveragePool")
            {
                var window = node.Integers("kernel_shape");
                graph.Weights(node.Outputs[0] + ".w", SeededWeights.Normal(seed, node.Outputs[0], 1.0 / window.Max()), 1, 1, window[0], window[1]);
                inputs.Add(node.Outputs[0] + ".w");
                attributes.AddRange([("kernel_shape", window), ("pads", node.Integers("pads"))]);
            }
            graph.Node(node.Operator == "AveragePool" ? "Conv" : node.Operator, [.. inputs], [.. node.Outputs], [.. attributes]);
        }
        return graph.Output("logits", null, 2).Output("activation", null, 8, 96, 96).ToBytes();
    }

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(v => (double)v * v));
}
