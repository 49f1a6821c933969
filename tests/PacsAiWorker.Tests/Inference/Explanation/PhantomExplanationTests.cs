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
    private const int Phantoms = 50, Lesion = 1, Seeds = 4;
    private const ulong HeldOut = 8_000_000_000; // training draws its seeds at random from 2⁶³; the form of the method was chosen on others too

    private static readonly string Folder = SourceTree.Path("models", "demo-phantom");

    [Fact]
    public void The_map_is_highest_inside_the_planted_lesion_and_with_random_weights_it_is_not()
    {
        var card = ModelPackage.Load(Folder).Card;
        var network = File.ReadAllBytes(Path.Combine(Folder, "model.onnx"));
        var images = Enumerable.Range(0, Phantoms).Select(i => PhantomImage.Make(new PhantomScene(HeldOut + (ulong)i, true, (Geometry)(i % 3)))).ToList();
        var trained = Peaks(network, card, images);
        output.WriteLine($"highest inside the lesion: {Hits(trained, images)} of {Phantoms}; a place at random: {images.Average(Share):P1}; these places in the other phantoms: {InOthers(trained, images):P1}");
        Assert.InRange(Hits(trained, images), 0.8 * Phantoms, Phantoms);

        var (hits, expected) = (0, 0.0);
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var peaks = Peaks(Randomised(network, seed), card, images);
            output.WriteLine($"random weights, seed {seed}: {Hits(peaks, images)} of {Phantoms}; these places in the other phantoms: {InOthers(peaks, images):P1}");
            hits += Hits(peaks, images);
            expected += Phantoms * InOthers(peaks, images);
        }
        Assert.InRange(hits, 0, expected + 3 * Math.Sqrt(expected)); // not told from chance
    }

    /// <summary>Where the map is highest: pixels of each picture.</summary>
    private static List<(int X, int Y)> Peaks(byte[] network, ModelCard card, IEnumerable<PhantomImage> images)
    {
        using var session = OrtSession.Create(Ort.Library, network, new OrtSessionSettings());
        using var cam = new ScoreCam(session, card);
        return [.. images.Select(image => cam.Explain(DemoCase.Tensor(image), Lesion, channels: null)
            .Peak(card.Preprocessing, new Crop(image.Box.X0, image.Box.Y0, image.Box.X1, image.Box.Y1, CropSource.Region)) ?? (-1, -1))];
    }

    private static int Hits(List<(int X, int Y)> peaks, List<PhantomImage> images) => images.Zip(peaks).Count(i => IsInside(i.First.LesionBox!.Value, i.Second.X, i.Second.Y));

    /// <summary>Chance that knows where lesions and maps tend to lie: how often a peak hits the lesion of another phantom of the same outline.</summary>
    private static double InOthers(List<(int X, int Y)> peaks, List<PhantomImage> images)
    {
        var (hits, tries) = (0, 0);
        for (var i = 0; i < images.Count; i++)
            foreach (var (other, _) in images.Select((image, j) => (image, j)).Where(o => o.j != i && o.image.Scene.Geometry == images[i].Scene.Geometry))
            {
                tries++;
                var (from, to) = (images[i].Box, other.Box);
                hits += IsInside(other.LesionBox!.Value, to.X0 + (peaks[i].X - from.X0) * to.Width / from.Width, to.Y0 + (peaks[i].Y - from.Y0) * to.Height / from.Height) ? 1 : 0;
            }
        return (double)hits / tries;
    }

    /// <summary>Within the ellipse that fills the box.</summary>
    private static bool IsInside(Box box, int x, int y)
    {
        double a = (x + 0.5 - (box.X0 + box.X1 + 1) / 2.0) / (box.Width / 2.0), b = (y + 0.5 - (box.Y0 + box.Y1 + 1) / 2.0) / (box.Height / 2.0);
        return a * a + b * b <= 1;
    }

    /// <summary>Share of the scanned pixels that lie in the lesion.</summary>
    private static double Share(PhantomImage image)
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

    /// <summary>
    /// Each mean of the picture over a window becomes a sum with random weights of the same size, of which none sees brightness (sum 0); the
    /// head's weights are random too. The means of the mask stay: they only say what was scanned.
    /// </summary>
    private static byte[] Randomised(byte[] network, ulong seed)
    {
        var graph = new OnnxGraph("random").Input("picture", null, 1, 96, 96);
        foreach (var (name, tensor) in OnnxFile.Read(network).Tensors)
            graph.Weights(name, name == "head_weights" ? SeededWeights.Take(SeededWeights.Normal(seed, name, Deviation(tensor.Floats)), tensor.Floats.Length) : tensor.Floats, tensor.Shape);
        foreach (var node in OnnxSurgery.Read(network, "").Nodes)
        {
            List<(string, object)> attributes = [.. ((string[])["axis", "transB"]).Where(a => node.Integer(a) is not null).Select(a => (a, (object)node.Integer(a)!.Value))];
            var inputs = node.Inputs.ToList();
            var isFilter = node.Operator == "AveragePool" && !node.Outputs[0].Replace("_row", "", StringComparison.Ordinal).EndsWith('m');
            if (node.Operator == "AveragePool")
                attributes.AddRange([("kernel_shape", node.Integers("kernel_shape")), ("pads", node.Integers("pads"))]);
            if (node.Operator == "AveragePool" && !isFilter)
                attributes.Add(("count_include_pad", 1L));
            if (isFilter)
            {
                var window = node.Integers("kernel_shape");
                var weights = SeededWeights.Take(SeededWeights.Normal(seed, node.Outputs[0], 1.0 / window.Max()), window.Max());
                graph.Weights(node.Outputs[0] + ".w", Array.ConvertAll(weights, w => w - weights.Average()), 1, 1, window[0], window[1]);
                inputs.Add(node.Outputs[0] + ".w");
            }
            graph.Node(isFilter ? "Conv" : node.Operator, [.. inputs], [.. node.Outputs], [.. attributes]);
        }
        return graph.Output("logits", null, 2).Output("activation", null, 8, 96, 96).ToBytes();
    }

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(v => (double)v * v));
}
