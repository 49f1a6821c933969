using System.Runtime.InteropServices;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Tests.Native;

namespace PacsAiWorker.Tests.Inference.Networks;

[Collection(NetworkCatalogTests.Collection)]
public sealed class QuantisedNetworkTests
{
    [Fact]
    public void The_8_bit_network_points_where_the_float_one_points()
    {
        const int side = 64;
        var pictures = SeededWeights.Take(SeededWeights.Normal(5, "pictures", 1), 2 * 3 * side * side);
        float[] Features(bool int8)
        {
            var model = RandomNetwork.Create(NetworkCatalog.Find("ResNet-50")!, 8, side, int8: int8, outputs: NetworkOutputs.Features).Graph.ToBytes();
            using var session = OrtSession.Create(Ort.Library, model, new OrtSessionSettings());
            return session.Run(pictures, [2, 3, side, side])[1];
        }
        float[] exact = Features(false), coarse = Features(true);
        Assert.InRange(Cosine(exact, coarse), 0.99, 1);
    }

    /// <summary>With zero point 128 behind a rectifier ONNX Runtime cannot fuse, and the network is slower than in float.</summary>
    [Fact]
    public void What_a_rectifier_gives_is_quantised_with_zero_point_0()
    {
        var file = OnnxFile.Read(RandomNetwork.Create(NetworkCatalog.Find("ResNet-18")!, 2, int8: true).Graph.ToBytes());
        var maker = file.Nodes.SelectMany(n => n.Outputs.Select(o => (o, n.Op))).ToDictionary(m => m.o, m => m.Op);
        var rectified = file.Nodes.Where(n => n.Op == "QuantizeLinear" && maker.GetValueOrDefault(n.Inputs[0]) is "Relu" or "MaxPool").ToList();
        Assert.Equal(1 + 8 * 2 + 1, rectified.Count); // the first convolution, two a block, the pooling
        Assert.All(rectified, q => Assert.Equal([0], file.Tensors[q.Inputs[2]].Raw.ToArray()));
        Assert.All(rectified, q => Assert.Equal(2, file.Tensors[q.Inputs[2]].Type));
    }

    [Fact]
    public void Weights_are_symmetric_and_scaled_by_output_channel_and_biases_fit_them()
    {
        var file = OnnxFile.Read(RandomNetwork.Create(NetworkCatalog.Find("ResNet-18")!, 2, int8: true).Graph.ToBytes());
        foreach (var (name, weights) in file.Tensors.Where(t => t.Value.Type == 3 && t.Value.Shape.Length == 4))
        {
            var layer = name[..^".weight".Length];
            var scales = file.Tensors[name + ".scale"].Floats;
            Assert.Equal([weights.Shape[0]], file.Tensors[name + ".scale"].Shape);
            Assert.All(file.Tensors[name + ".zero"].Raw.ToArray(), zero => Assert.Equal(0, zero));
            Assert.Equal(127, MemoryMarshal.Cast<byte, sbyte>(weights.Raw.Span).ToArray().Max(w => Math.Abs((int)w)));
            Assert.Equal(6, file.Tensors[layer + ".bias"].Type);
            var ratios = file.Tensors[layer + ".bias.scale"].Floats.Zip(scales, (b, w) => b / w).ToList();
            Assert.InRange(ratios.Max() / ratios.Min(), 1, 1 + 1e-6);
        }
    }

    private static double Cosine(float[] a, float[] b)
    {
        double Dot(float[] p, float[] q) => p.Zip(q, (x, y) => (double)x * y).Sum();
        return Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
    }
}
