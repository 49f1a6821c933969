using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Tests.Native;

namespace PacsAiWorker.Tests.Inference.Networks;

/// <summary>
/// ONNX Runtime on the written network beside plain loops from the papers, layer by layer, on small inputs. All networks in full size,
/// and ResNet-101, are run by NetworkJudgeTests of the end-to-end tests.
/// </summary>
[Collection(NetworkCatalogTests.Collection)]
public sealed class NetworkNumbersTests
{
    private const int Classes = 5;
    private const double Tolerance = 1e-4;
    private static readonly TransformerSizes SmallSizes = new(Patch: 8, Width: 48, Depth: 2, Heads: 3, Hidden: 96);

    private static readonly NetworkDesign SmallTransformer = new("small transformer", 24, 0, 48, canQuantise: false, (net, classes) => VisionTransformer.Build(net, classes, SmallSizes));

    [Theory]
    [InlineData("AlexNet", 95)]
    [InlineData("CaffeNet", 99)]
    [InlineData("VGG-16", 32)]
    [InlineData("ResNet-18", 33)]
    [InlineData("ResNet-50", 33)]
    [InlineData("DenseNet-169", 40)]
    [InlineData("small transformer", 24)]
    public void Every_layer_gives_what_plain_loops_give_alone_and_in_a_batch(string name, int side)
    {
        var design = NetworkCatalog.Find(name) ?? SmallTransformer;
        var model = RandomNetwork.Create(design, Classes, side, 7, int8: false, _ => true).Graph.ToBytes();
        var picture = SeededWeights.Take(SeededWeights.Normal(3, "picture", 1), 3 * side * side);
        var plain = Plain(name, model, new Maps(Array.ConvertAll(picture, v => (double)v), 3, side, side));

        using (var session = OrtSession.Create(Ort.Library, model, new OrtSessionSettings()))
        {
            var outputs = session.Outputs.Select(o => o.Name).Zip(session.Run(picture, [1, 3, side, side])).ToDictionary(o => o.First, o => o.Second);
            Assert.All(plain, expected => AssertNear(expected.Value, outputs[expected.Key], expected.Key));
            Assert.True(name == SmallTransformer.Name || outputs.Keys.All(plain.ContainsKey), "every layer has a plain counterpart");
        }

        // The layers that nobody asked for are fused away here.
        var asked = RandomNetwork.Create(design, Classes, side, 7, outputs: NetworkOutputs.Features | NetworkOutputs.Activation).Graph.ToBytes();
        using var fused = OrtSession.Create(Ort.Library, asked, new OrtSessionSettings());
        Assert.Equal(["logits", "activation", "features"], fused.Outputs.Select(o => o.Name));
        Assert.Equal([-1, 3, side, side], fused.Inputs.Single().Shape);
        Assert.Equal([-1, Classes], fused.Outputs[0].Shape);
        var other = SeededWeights.Take(SeededWeights.Normal(4, "picture", 1), picture.Length);
        foreach (var (output, values) in fused.Outputs.Zip(fused.Run([.. picture, .. other, .. picture], [3, 3, side, side])))
        {
            var each = values.Length / 3;
            AssertNear(plain[output.Name], values[..each], output.Name);
            AssertNear(plain[output.Name], values[(2 * each)..], output.Name);
            Assert.NotEqual(values[..each], values[each..(2 * each)]);
            Assert.All(values[each..(2 * each)], v => Assert.True(float.IsFinite(v)));
        }
    }

    private static void AssertNear(double[] expected, float[] actual, string layer)
    {
        Assert.True(expected.Length == actual.Length, $"{layer}: {actual.Length} values in place of {expected.Length}");
        for (var i = 0; i < expected.Length; i++)
            if (!(Math.Abs(expected[i] - actual[i]) <= Tolerance * Math.Max(1, Math.Abs(expected[i]))))
                Assert.Fail($"{layer}[{i}]: {actual[i]} in place of {expected[i]}");
    }

    private static Dictionary<string, double[]> Plain(string name, byte[] model, Maps picture)
    {
        var net = new PlainLayers(OnnxFile.Read(model));
        switch (name)
        {
            case "AlexNet":
                PlainNetworks.AlexNet(net, picture);
                break;
            case "CaffeNet":
                PlainNetworks.CaffeNet(net, picture);
                break;
            case "VGG-16":
                PlainNetworks.Vgg16(net, picture);
                break;
            case "ResNet-18":
                PlainNetworks.ResNet18(net, picture);
                break;
            case "ResNet-50":
                PlainNetworks.ResNet50(net, picture);
                break;
            case "DenseNet-169":
                PlainNetworks.DenseNet169(net, picture);
                break;
            default:
                new PlainTransformer(net, (int)SmallSizes.Patch, (int)SmallSizes.Width, (int)SmallSizes.Heads, SmallSizes.Depth).Run(picture);
                break;
        }
        return net.Noted;
    }
}
