using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Networks.Import;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Native;

namespace PacsAiWorker.Tests.Inference.Networks.Import;

/// <summary>External networks in miniature. Those that python3-onnx writes are imported by ImportJudgeTests of the end-to-end tests.</summary>
public sealed class NetworkImportTests : IDisposable
{
    private const int Side = 16;
    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_pooled_network_with_identity_and_dropout_gives_maps_before_the_pool_and_features_after_it()
    {
        var made = Import(Trunk().Node("Identity", ["maps"], ["passed"]).Node("GlobalAveragePool", ["passed"], ["pooled"]).Node("Flatten", ["pooled"], ["flat"], ("axis", 1L))
            .Node("Dropout", ["flat"], ["dropped"]).Weights("fc.w", new float[2 * 4], 2, 4).Node("Gemm", ["dropped", "fc.w"], ["output"], ("transB", 1L)).Output("output", null, 2));
        Assert.Equal(("x", "output", "dropped [N, 4]", "maps [N, 4, 8, 8]"), (made.Input, made.Logits, made.Features, made.Activation));
        Assert.Equal("activation", made.Package.Card.FeatureOutput);
        using var session = Open();
        Assert.Equal(["input [-1, 3, 16, 16]"], session.Inputs.Select(Words));
        Assert.Equal(["logits [-1, 2]", "activation [-1, 4, 8, 8]", "features [-1, 4]"], session.Outputs.Select(Words));
    }

    [Fact]
    public void A_mean_over_rows_and_columns_is_a_pool_and_a_product_with_a_sum_is_a_linear_layer()
    {
        var made = Import(Trunk().Node("ReduceMean", ["maps"], ["pooled"], ("axes", new long[] { 2, 3 }), ("keepdims", 0L))
            .Weights("w", new float[4 * 2], 4, 2).Weights("b", [1, 2], 2).Node("MatMul", ["pooled", "w"], ["product"]).Node("Add", ["b", "product"], ["y"]).Output("y", null, 2));
        Assert.Equal(("y", "pooled [N, 4]", "maps [N, 4, 8, 8]"), (made.Logits, made.Features, made.Activation));
    }

    [Fact]
    public void Of_a_network_that_flattens_its_maps_the_last_pool_is_taken()
    {
        var made = Import(Trunk().Node("MaxPool", ["maps"], ["pool5"], ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
            .Node("AveragePool", ["pool5"], ["avgpool"], ("kernel_shape", new long[] { 1, 1 })).Node("Flatten", ["avgpool"], ["flat"], ("axis", 1L))
            .Weights("fc6.w", new float[3 * 64], 3, 64).Node("Gemm", ["flat", "fc6.w"], ["fc6"], ("transB", 1L)).Node("Relu", ["fc6"], ["relu6"])
            .Weights("fc7.w", new float[2 * 3], 2, 3).Node("Gemm", ["relu6", "fc7.w"], ["output"], ("transB", 1L)).Output("output", null, 2));
        Assert.Equal(("relu6 [N, 3]", "pool5 [N, 4, 4, 4]"), (made.Features, made.Activation));
    }

    [Fact]
    public void Our_own_transformer_is_taken_by_its_tokens_before_the_last_normalisation()
    {
        var network = new NetworkDesign("small", 16, 0, 12, canQuantise: false, (net, classes) => VisionTransformer.Build(net, classes, new(Patch: 4, Width: 12, Depth: 1, Heads: 3, Hidden: 24)));
        var made = Import(RandomNetwork.Create(network, 2).Graph);
        Assert.Equal(("representation [N, 12]", "encoder.layers.encoder_layer_0.add_2 [N, 17, 12]"), (made.Features, made.Activation));
    }

    [Fact]
    public void Of_logits_and_their_probabilities_the_one_that_the_recipe_needs_is_taken()
    {
        OnnxGraph Both() => Headed().Node("Softmax", ["output"], ["probabilities"]).Output("probabilities", null, 2);
        Assert.Equal("output", Import(Both()).Logits);
        Assert.Equal("probabilities", Import(Both(), activation: "none").Logits);
    }

    [Fact]
    public void An_inner_tensor_may_be_named_and_parts_may_be_left_out()
    {
        var made = Import(Trunk().Node("GlobalAveragePool", ["maps"], ["pooled"]).Node("Flatten", ["pooled"], ["flat"], ("axis", 1L)).Weights("fc.w", new float[2 * 4], 2, 4)
            .Node("Gemm", ["flat", "fc.w"], ["scores"], ("transB", 1L)).Node("Softmax", ["scores"], ["output"]).Output("output", null, 2), new ImportNames(Logits: "scores", Features: "none", Activation: "none"));
        Assert.Equal(("scores", null, null), (made.Logits, made.Features, made.Activation));
        Assert.Null(made.Package.Card.FeatureOutput);
        using var session = Open();
        Assert.Equal(["logits [-1, 2]"], session.Outputs.Select(Words));
    }

    [Fact]
    public void What_does_not_fit_is_said_with_its_remedy_and_leaves_nothing()
    {
        Refused(Headed(), "gives 2 values in 'output' but the recipe lists 3 classes (c0, c1, c2); take the recipe or variant that lists 2", classes: 3);
        Refused(Headed(), "takes x [-1, 3, 16, 16] but the recipe says [-1, 3, 32, 32]; correct 'input'", side: 32);
        Refused(Headed(new OnnxGraph("n").Input("x", 1, 3, Side, Side)), "takes batches of 1 only");
        Refused(Headed(new OnnxGraph("n").Input("x", null, 3, Side, Side).Input("age", null, 1)), "has 2 inputs (x [-1, 3, 16, 16], age [-1, 1])");
        Refused(Headed().Node("Softmax", ["output"], ["p"]).Output("p", null, 2), "already makes probabilities: 'p' comes from 'p_node' (Softmax)", names: new ImportNames(Logits: "p"));
        Refused(Headed().Node("Relu", ["output"], ["other"]).Output("other", null, 2), "has more than one output that may hold the classes: output [-1, 2], other [-1, 2]. Name it with --logits");
        Refused(Headed(), "has no tensor 'fc8' (--logits)", names: new ImportNames(Logits: "fc8"));
        Refused(Headed(), "has no input 'image'", names: new ImportNames(Input: "image"));
        Refused(Headed(), "'flat' has the shape [1, 4] for one picture; --activation needs [N, C, h, w]", names: new ImportNames(Activation: "flat"));
        Refused(Trunk().Node("GlobalAveragePool", ["maps"], ["pooled"]).Constants("shape", 0, -1).Node("Reshape", ["pooled", "shape"], ["long"]).Constants("from", 0).Constants("to", 2).Constants("axis", 1)
            .Node("Slice", ["long", "from", "to", "axis"], ["output"]).Output("output", null, 2), "what its last linear layer reads cannot be told from its structure. Name it with --features");
        Refused(Headed(Trunk().Node("Relu", ["maps"], ["logits"]).Output("logits", null, 4, 8, 8)), "calls another tensor 'logits'");
    }

    [Fact]
    public void A_network_with_random_weights_never_scores_patients_nor_does_its_file_with_a_trained_head()
    {
        var network = RandomNetwork.Create(NetworkCatalog.Find("ResNet-18")!, 2, 32).Graph;
        var names = new ImportNames(Features: "none", Activation: "none");
        var card = Import(network, names, side: 32, isClinical: true).Package.Card;
        Assert.True(card.Demonstration);
        Assert.Equal(["Random weights: it knows nothing; scores phantoms only."], card.Limits);
        Assert.False(Import(Headed(), isClinical: true).Package.Card.Demonstration);

        var trained = OnnxSurgery.Read(network.ToBytes(), "backbone");
        trained.MarkTrained();
        Assert.Equal("backbone random, seed 1; head trained", OnnxSurgery.Read(trained.ToBytes(), "trained").Metadata["weights"]);
        card = Import(network, names, side: 32, isClinical: true, change: _ => trained.ToBytes()).Package.Card;
        Assert.True(card.Demonstration);
        Assert.StartsWith("Random backbone", card.Limits.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_is_damaged_is_told_with_file_and_remedy()
    {
        Damaged(() => Import(Headed().Node("Constant", [], ["c"], ("value", "Q")), change: OfNoTensor), "an attribute of node 'c_node' (Constant)");
        Damaged(() => Import(Trunk().Node("GlobalAveragePool", ["maps"], ["pooled"]).Node("Gemm", ["pooled"], ["output"]).Output("output", null, 2)), "node 'output_node' (Gemm) has no input 2");
        Damaged(() => Import(Trunk().Node("GlobalAveragePool", [], ["pooled"]).Node("Flatten", ["pooled"], ["flat"]).Weights("fc.w", new float[2 * 4], 2, 4)
            .Node("Gemm", ["flat", "fc.w"], ["output"], ("transB", 1L)).Output("output", null, 2)), "node 'pooled_node' (GlobalAveragePool) has no input 1");
        Damaged(() => Import(Trunk().Node("Softmax", [], ["output"]).Output("output", null, 2)), "node 'output_node' (Softmax) has no input 1");
    }

    private static void Damaged(Action import, string says)
    {
        var message = Assert.Throws<NetworkFormatException>(import).Message;
        Assert.Contains("external.onnx is damaged: ", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.EndsWith("export the network again.", message, StringComparison.Ordinal);
    }

    /// <summary>The attribute "Q" of type STRING as one of type TENSOR whose only byte ends within a number.</summary>
    private static byte[] OfNoTensor(byte[] network)
    {
        ((ReadOnlySpan<byte>)[0x2A, 1, 0xFF]).CopyTo(network.AsSpan(network.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x22, 1, (byte)'Q'])));
        return network;
    }

    private static OnnxGraph Trunk(OnnxGraph? graph = null) => (graph ?? new OnnxGraph("external").Input("x", null, 3, Side, Side))
        .Weights("conv.w", SeededWeights.Normal(1, "conv", 0.3), 4, 3, 3, 3)
        .Node("Conv", ["x", "conv.w"], ["convolved"], ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", ["convolved"], ["maps"]);

    private static OnnxGraph Headed(OnnxGraph? graph = null) => (graph is not null && HasMaps(graph) ? graph : Trunk(graph)).Node("GlobalAveragePool", ["maps"], ["pooled"]).Node("Flatten", ["pooled"], ["flat"], ("axis", 1L))
        .Weights("fc.w", SeededWeights.Normal(1, "fc", 1), 2, 4).Node("Gemm", ["flat", "fc.w"], ["output"], ("transB", 1L)).Output("output", null, 2);

    private static bool HasMaps(OnnxGraph graph) => OnnxSurgery.Read(graph.ToBytes(), "").Nodes.Any(n => n.Outputs.Contains("maps"));

    private ImportedNetwork Import(OnnxGraph graph, ImportNames? names = null, string activation = "softmax", int classes = 2, int side = Side, bool isClinical = false, Func<byte[], byte[]>? change = null)
    {
        var file = Path.Combine(_folder, "external.onnx");
        File.WriteAllBytes(file, change?.Invoke(graph.ToBytes()) ?? graph.ToBytes());
        var output = Path.Combine(_folder, "made");
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
        var recipe = RecipeFolder.Write(Path.Combine(_folder, "recipe"), side, classes, activation, more: "featureOutput: some");
        if (isClinical)
            File.WriteAllText(Path.Combine(recipe, "model.yaml"), File.ReadAllText(Path.Combine(recipe, "model.yaml")).Replace("demonstration: true", "demonstration: false", StringComparison.Ordinal));
        return new NetworkImport(Ort.Library, new RuntimeOptions(Provider: OrtProvider.Cpu))
            .Import(file, recipe, null, names ?? new ImportNames(), output);
    }

    private void Refused(OnnxGraph graph, string says, ImportNames? names = null, int classes = 2, int side = Side)
    {
        var message = Assert.Throws<PackageException>(() => Import(graph, names, classes: classes, side: side)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Equal(["external.onnx", "recipe"], Directory.EnumerateFileSystemEntries(_folder).Select(e => Path.GetFileName(e)).Order());
    }

    private OrtSession Open() => OrtSession.Create(Ort.Library, File.ReadAllBytes(Path.Combine(_folder, "made", "model.onnx")), new OrtSessionSettings());

    private static string Words(OrtTensorInfo tensor) => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]";
}
