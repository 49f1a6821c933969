using PacsAiWorker.Inference.Explanation;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Native;

namespace PacsAiWorker.Tests.Inference.Explanation;

public sealed class ScoreCamTests : IDisposable
{
    private const int Side = 16, Half = Side / 2;
    private static readonly NetworkDesign SmallTransformer = new("small", 32, 0, 24, canQuantise: false, (net, classes) => VisionTransformer.Build(net, classes, new(Patch: 8, Width: 24, Depth: 2, Heads: 3, Hidden: 48)));

    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_score_that_is_the_mean_of_one_quadrant_is_explained_by_that_quadrant(int quadrant)
    {
        var map = Explain(Quadrants(quadrant, weight: 50), Card(Side, channels: 1), Noise(Side * Side));
        Assert.Equal(1, map.Values.Max());
        var highest = Array.IndexOf(map.Values, 1);
        Assert.Equal(quadrant, highest / Side / Half * 2 + highest % Side / Half);
        Assert.InRange(map.Values.Where((_, i) => i / Side / Half * 2 + i % Side / Half != quadrant).Max(), 0, 0.9f);
        Assert.Equal((4, 4, 6), (map.Channels, map.Used, map.Passes));
    }

    [Fact]
    public void A_network_that_always_says_the_same_and_maps_that_are_the_same_everywhere_give_a_map_of_zeros()
    {
        Assert.All(Explain(Quadrants(0, weight: 0), Card(Side, channels: 1), Noise(Side * Side)).Values, v => Assert.Equal(0, v));
        var flat = new OnnxGraph("flat").Input("input", null, 1, Side, Side).Node("GlobalAveragePool", ["input"], ["mean"]).Weights("ones", Enumerable.Repeat(1f, 2 * 4 * 4).ToArray(), 1, 2, 4, 4)
            .Node("Mul", ["mean", "ones"], ["activation"]).Node("Flatten", ["mean"], ["row"]).Weights("w", [1, 2], 2, 1).Node("Gemm", ["row", "w"], ["logits"], ("transB", 1L))
            .Output("logits", null, 2).Output("activation", null, 2, 4, 4).ToBytes();
        var map = Explain(flat, Card(Side, channels: 1), Noise(Side * Side));
        Assert.All(map.Values, v => Assert.Equal(0, v));
        Assert.Equal((2, 0), (map.Channels, map.Used));
    }

    [Fact]
    public void As_many_maps_as_there_are_is_the_same_as_all_and_fewer_are_those_that_differ_most_between_places()
    {
        var network = Quadrants(2, weight: 50);
        var (card, input) = (Card(Side, channels: 1), Noise(Side * Side));
        Assert.Equal(Explain(network, card, input, channels: null).Values, Explain(network, card, input, channels: 4).Values);
        for (var i = 0; i < input.Length; i++)
            if (i / Side / Half * 2 + i % Side / Half == 1)
                input[i] *= 10;
        Assert.Equal(1, Explain(Quadrants(1, weight: 50), card, input, channels: 1).Values.Max());
        var other = Explain(network, card, input, channels: 1); // the score is another quadrant's, which is not among the one map
        Assert.Equal((1, 0f), (other.Used, other.Values.Max()));
    }

    [Fact]
    public void The_size_of_a_batch_changes_nothing()
    {
        var network = RandomNetwork.Create(NetworkCatalog.Find("ResNet-18")!, 3, 64, outputs: NetworkOutputs.Activation).Graph.ToBytes();
        var (card, input) = (Card(64, classes: 3), Noise(3 * 64 * 64));
        var alone = Explain(network, card, input, channels: 7, batch: 1);
        Assert.Contains(alone.Values, v => v > 0.9);
        foreach (var batch in (int[])[2, 3, 7, 100])
            Assert.InRange(alone.Values.Zip(Explain(network, card, input, channels: 7, batch).Values).Max(v => Math.Abs(v.First - v.Second)), 0, 1e-5);
    }

    [Fact]
    public void Tokens_give_what_the_same_numbers_as_maps_give_without_the_class_token()
    {
        const string Tokens = "encoder.layers.encoder_layer_1.add_2";
        var network = RandomNetwork.Create(SmallTransformer, 2, 32, 1, int8: false, name => name is "logits" or "activation" or Tokens).Graph.ToBytes();
        var (card, input) = (Card(32), Noise(3 * 32 * 32));
        var (maps, tokens) = (Explain(network, card, input), Explain(network, card with { FeatureOutput = Tokens }, input));
        Assert.Equal((24, 24), (tokens.Channels, tokens.Used));
        Assert.Contains(maps.Values, v => v > 0);
        Assert.Equal(maps.Values, tokens.Values);
    }

    [Fact]
    public void Tokens_lie_in_the_grid_of_the_picture_with_or_without_a_class_token()
    {
        float[] values = [.. Enumerable.Range(0, 2 * 9).Select(i => (float)i)];
        Assert.Equal((2, 2, 4), Shape(FeatureMaps.Of(values, [1, 9, 2], 64, 32))); // the first left out
        Assert.Equal([3, 5], FeatureMaps.Of(values, [1, 9, 2], 64, 32).Map(1)[..2].ToArray());
        Assert.Equal((2, 3, 3), Shape(FeatureMaps.Of(values, [1, 9, 2], 32, 32)));
        Assert.Contains("9 tokens do not lie in a grid", Assert.Throws<ExplanationException>(() => FeatureMaps.Of(values, [1, 9, 2], 96, 32)).Message, StringComparison.Ordinal);
        Assert.Contains("has the shape [1, 18]", Assert.Throws<ExplanationException>(() => FeatureMaps.Of(values, [1, 18], 32, 32)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explained_is_the_most_probable_class_that_flags_and_of_a_router_the_view_that_it_names()
    {
        var card = Card(Side, classes: 3);
        Assert.Equal(2, Explainer.ClassOf(card, [0.7, 0.2, 0.1])); // the last is the only one that flags
        Assert.Equal(1, Explainer.ClassOf(card with { Classes = [card.Classes[0], card.Classes[2], card.Classes[2]] }, [0.7, 0.2, 0.1]));
        Assert.Equal(0, Explainer.ClassOf(card with { IsRouter = true }, [0.7, 0.2, 0.1]));
    }

    [Fact]
    public void A_package_without_a_feature_output_is_told_what_is_missing()
    {
        Assert.Contains("imported 1.0.0 cannot be explained: its model.yaml names no 'featureOutput'",
            Assert.Throws<ExplanationException>(() => Explain(Quadrants(0, 1), Card(Side, channels: 1) with { FeatureOutput = null }, Noise(Side * Side))).Message, StringComparison.Ordinal);
        Assert.Contains("has no output 'maps' (it has logits, activation)",
            Assert.Throws<ExplanationException>(() => Explain(Quadrants(0, 1), Card(Side, channels: 1) with { FeatureOutput = "maps" }, Noise(Side * Side))).Message, StringComparison.Ordinal);
    }

    private static (int, int, int) Shape(FeatureMaps maps) => (maps.Count, maps.Height, maps.Width);

    /// <summary>Maps: the picture, one quadrant each. Class 0: weight × the mean of one quadrant; class 1: its opposite.</summary>
    private static byte[] Quadrants(int scored, float weight)
    {
        var masks = new float[4 * Side * Side];
        for (var q = 0; q < 4; q++)
            for (var y = 0; y < Half; y++)
                masks.AsSpan(q * Side * Side + (q / 2 * Half + y) * Side + q % 2 * Half, Half).Fill(1);
        return new OnnxGraph("quadrants").Input("input", null, 1, Side, Side).Weights("masks", masks, 1, 4, Side, Side).Weights("scored", masks.AsSpan(scored * Side * Side, Side * Side), 1, 1, Side, Side)
            .Node("Mul", ["input", "masks"], ["activation"]).Node("Mul", ["input", "scored"], ["seen"]).Node("GlobalAveragePool", ["seen"], ["mean"]).Node("Flatten", ["mean"], ["row"])
            .Weights("w", [weight, -weight], 2, 1).Node("Gemm", ["row", "w"], ["logits"], ("transB", 1L)).Output("logits", null, 2).Output("activation", null, 4, Side, Side).ToBytes();
    }

    private static ClassMap Explain(byte[] network, ModelCard card, float[] input, int? channels = ScoreCam.DefaultChannels, int batch = 0)
    {
        using var session = OrtSession.Create(Ort.Library, network, new OrtSessionSettings());
        using var cam = new ScoreCam(session, card);
        return cam.Explain(input, 0, channels, batch);
    }

    private ModelCard Card(int side, int classes = 2, int channels = 3) =>
        PackageDraft.From(RecipeFolder.Write(Path.Combine(_folder, "recipe"), side, classes, channels: channels)).Card with { FeatureOutput = "activation" };

    private static float[] Noise(int count) => SeededWeights.Take(SeededWeights.Uniform(3, "noise", 0.2, 1), count);
}
