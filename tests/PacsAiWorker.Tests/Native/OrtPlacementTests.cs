using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Tests.Native;

/// <summary>Conformance of the table's entries 407 to 412: a wrong index among them may answer "none" without an error.</summary>
public sealed class OrtPlacementTests
{
    private const string Processor = "CPUExecutionProvider";

    private static readonly byte[] Two = new OnnxGraph("two").Input("x", null, 2).Node("Relu", ["x"], ["y"]).Node("Sigmoid", ["x"], ["z"]).Output("y", null, 2).Output("z", null, 2).ToBytes();

    [Fact]
    public void Every_node_is_told_with_what_runs_it()
    {
        using var session = OrtSession.Create(Ort.Library, Two, new OrtSessionSettings());
        Assert.Equal([(Processor, "Relu"), (Processor, "Sigmoid")], session.Placement!.Nodes.Select(n => (n.Provider, n.Operator)).OrderBy(n => n.Item2, StringComparer.Ordinal));
        Assert.Equal("2 nodes on CPUExecutionProvider", session.Placement.Count);
    }

    /// <summary>20 convolutions, into which the normalisations are folded, 17 Relu, 8 Add, 2 poolings, Flatten, Gemm.</summary>
    [Fact]
    public void The_nodes_of_a_whole_network_are_all_there()
    {
        using var session = OrtSession.Create(Ort.Library, RandomNetwork.Create(NetworkCatalog.Find("ResNet-18")!, 2, inputSize: 64).Graph.ToBytes(), new OrtSessionSettings());
        var counts = session.Placement!.Nodes.CountBy(n => n.Operator).ToDictionary();
        Assert.Equal((49, 20, 17, 8), (session.Placement.Nodes.Count, counts["Conv"], counts["Relu"], counts["Add"]));
        Assert.EndsWith(" and 44 more", session.Placement.OnProcessor, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_on_the_processor_refuses_a_network_that_must_not_have_one() =>
        Assert.Contains("fallback", Assert.Throws<OrtException>(() => OrtSession.Open(Ort.Library, Two, new OrtSessionSettings(), OrtProvider.Cpu, isStrict: true)).Message, StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void The_digest_knows_no_order_and_each_difference()
    {
        OrtPlacedNode a = new("GPU", "Conv", "a"), b = new("GPU", "Relu", "b");
        var digest = new OrtPlacement([a, b]).Digest;
        Assert.Matches("^[0-9a-f]{12}$", digest);
        Assert.Equal(digest, new OrtPlacement([b, a]).Digest);
        Assert.NotEqual(digest, new OrtPlacement([a, b with { Provider = Processor }]).Digest);
        Assert.NotEqual(digest, new OrtPlacement([a, b with { Operator = "Tanh" }]).Digest);
        Assert.NotEqual(digest, new OrtPlacement([a]).Digest);
    }

    [Fact]
    public void Nodes_on_the_processor_are_named_and_a_GPU_s_are_not()
    {
        OrtPlacedNode gpu = new("CUDAExecutionProvider", "Conv", "a");
        Assert.Null(new OrtPlacement([gpu]).OnProcessor);
        Assert.Equal("Shape '/vit/Shape', Gather", new OrtPlacement([gpu, new(Processor, "Shape", "/vit/Shape"), new(Processor, "Gather", "")]).OnProcessor);
    }
}
