using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Packages.Lint;
using PacsAiWorker.Testing;

namespace PacsAiWorker.Tests.Inference.Packages.Lint;

public sealed class NetworkLintTests
{
    private static readonly ModelCard Card = ModelPackage.Load(Path.Combine(SourceTree.Path("models"), "demo-phantom")).Card;

    private static void Check(byte[] network, ModelCard? card = null) => NetworkLint.Check(network, card ?? Card, "p/model.onnx");

    private static string Refused(byte[] network, ModelCard? card = null) => Assert.Throws<PackageException>(() => Check(network, card)).Message;

    /// <summary>A model of one graph; the last field of a kind wins where protobuf says so.</summary>
    private static byte[] Model(Action<ProtoWriter> graph, long ir = 8, long opset = 17, Action<ProtoWriter>? more = null)
    {
        var model = new ProtoWriter();
        model.Varint(1, ir);
        model.Message(7, graph);
        model.Message(8, o => o.Varint(2, opset));
        more?.Invoke(model);
        return model.ToArray();
    }

    private static void Node(ProtoWriter graph, string op, string[] inputs, string output, Action<ProtoWriter>? more = null) => graph.Message(1, node =>
    {
        foreach (var input in inputs)
            node.Text(1, input);
        node.Text(2, output);
        node.Text(3, output + "_node");
        node.Text(4, op);
        more?.Invoke(node);
    });

    private static void Tensor(ProtoWriter graph, string name, int type, long[] dims, byte[] raw, Action<ProtoWriter>? more = null) => graph.Message(5, tensor =>
    {
        foreach (var dim in dims)
            tensor.Varint(1, dim);
        tensor.Varint(2, type);
        tensor.Text(8, name);
        tensor.Bytes(9, raw);
        more?.Invoke(tensor);
    });

    [Theory]
    [InlineData(2, 17, "IR version 2 is not read, only 3 to 13")]
    [InlineData(14, 17, "IR version 14 is not read")]
    [InlineData(8, 6, "operator set 6 is not read, only 7 to 26")]
    [InlineData(8, 27, "operator set 27 is not read")]
    public void A_version_that_the_library_does_not_load_is_named(long ir, long opset, string says) =>
        Assert.Contains(says, Refused(Model(g => Node(g, "Relu", ["x"], "y"), ir, opset)), StringComparison.Ordinal);

    [Theory]
    [InlineData(3, 7)]
    [InlineData(13, 26)]
    public void The_outermost_versions_are_read(long ir, long opset) => Check(Model(g => Node(g, "Relu", ["x"], "y"), ir, opset));

    [Fact]
    public void Versions_and_graph_stand_once()
    {
        Assert.Contains("stated twice", Refused(Model(_ => { }, more: m => m.Message(8, o => o.Varint(2, 17)))), StringComparison.Ordinal);
        Assert.Contains("2 graphs instead of one", Refused(Model(_ => { }, more: m => m.Message(7, _ => { }))), StringComparison.Ordinal);
        Assert.Contains("0 graphs instead of one", Refused([]), StringComparison.Ordinal);
    }

    [Fact]
    public void An_operator_of_another_domain_is_refused_by_node_unless_the_card_lists_its_domain()
    {
        byte[] Of(string domain) => Model(g => Node(g, "Gelu", ["x"], "y", n => n.Text(7, domain)));
        Assert.Contains("node 'y_node' (Gelu) uses operators of 'com.example'; export the network with ONNX's own.", Refused(Of("com.example")), StringComparison.Ordinal);
        Assert.Contains("or list com.microsoft under 'network.domains'", Refused(Of("com.microsoft")), StringComparison.Ordinal);
        Check(Of("com.microsoft"), Card with { Domains = ["com.microsoft"] });
        Check(Of("ai.onnx"));
        Assert.Contains("the network uses operators of 'com.example'", Refused(Model(_ => { }, more: m => m.Message(8, o => o.Text(1, "com.example")))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(14)]
    public void Weights_in_another_file_are_refused_by_tensor(int field)
    {
        var network = Model(g => Tensor(g, "w", 1, [1], new byte[4], t =>
        {
            if (field == 13)
                t.Message(13, e => e.Text(1, "location"));
            else
                t.Varint(14, 1);
        }));
        Assert.Contains("tensor 'w' keeps its values in another file", Refused(network), StringComparison.Ordinal);
    }

    [Fact]
    public void Control_flow_is_refused_by_node_unless_the_card_lists_it_and_what_is_inside_is_checked()
    {
        byte[] With(float weight) => Model(g => Node(g, "If", ["x"], "y", n => n.Message(5, a =>
        {
            a.Text(1, "then_branch");
            a.Message(6, inner => Tensor(inner, "deep", 1, [1], BitConverter.GetBytes(weight)));
        })));
        var allowed = Card with { ControlFlow = ["If"] };
        Assert.Contains("node 'y_node' (If) is control flow; export the network without it, or list If under 'network.controlFlow'", Refused(With(1)), StringComparison.Ordinal);
        Check(With(1), allowed);
        Assert.Contains("tensor 'deep' holds a value that is NaN or infinite", Refused(With(float.NaN), allowed), StringComparison.Ordinal);
        var hidden = Model(g => Node(g, "Relu", ["x"], "y", n => n.Message(5, a => a.Message(6, _ => { }))));
        Assert.Contains("node 'y_node' (Relu) holds a graph", Refused(hidden, allowed), StringComparison.Ordinal);
    }

    [Fact]
    public void Graphs_in_graphs_in_graphs_are_not_followed_without_end()
    {
        static void Nest(ProtoWriter graph, int depth) => Node(graph, "If", ["x"], "y", n => n.Message(5, a => a.Message(6, inner =>
        {
            if (depth > 0)
                Nest(inner, depth - 1);
        })));
        Assert.Contains("deep in one another", Refused(Model(g => Nest(g, 20)), Card with { ControlFlow = ["If"] }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_weight_that_is_no_number_is_refused_wherever_it_stands(float bad)
    {
        // 19 values: within a vector, at its end and behind the last one.
        for (var at = 0; at < 19; at++)
        {
            var raw = new byte[19 * 4];
            BitConverter.TryWriteBytes(raw.AsSpan(4 * at), bad);
            Assert.Contains("tensor 'w' holds a value that is NaN or infinite", Refused(Model(g => Tensor(g, "w", 1, [19], raw))), StringComparison.Ordinal);
        }

        var inList = Model(g => g.Message(5, t =>
        {
            t.Varint(1, 1);
            t.Varint(2, 1);
            t.Float(4, bad);
            t.Text(8, "w");
        }));
        Assert.Contains("tensor 'w'", Refused(inList), StringComparison.Ordinal);
        var half = Model(g => Tensor(g, "w", 10, [1], BitConverter.GetBytes((Half)bad)));
        Assert.Contains("tensor 'w'", Refused(half), StringComparison.Ordinal);
        var ofDouble = Model(g => Tensor(g, "w", 11, [1], BitConverter.GetBytes((double)bad)));
        Assert.Contains("tensor 'w'", Refused(ofDouble), StringComparison.Ordinal);
        var constant = Model(g => Node(g, "Constant", [], "c", n => n.Message(5, a => a.Message(5, t =>
        {
            t.Varint(2, 1);
            t.Bytes(9, BitConverter.GetBytes(bad));
        }))));
        Assert.Contains("tensor 'c'", Refused(constant), StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_may_have_any_bits() => Check(Model(g => Tensor(g, "w", 7, [1], BitConverter.GetBytes(long.MaxValue))));

    [Theory]
    [InlineData(new long[] { 3 }, "holds 8 bytes of values where its shape needs 3 × 4")]
    [InlineData(new long[] { 1 }, "holds 8 bytes of values where its shape needs 1 × 4")]
    [InlineData(new[] { 1L << 40, 1L << 40, 0 }, "has a shape that no memory holds")]
    [InlineData(new[] { -1L }, "has a shape that no memory holds")]
    public void A_tensor_is_as_large_as_its_shape(long[] dims, string says) =>
        Assert.Contains($"tensor 'w' {says}", Refused(Model(g => Tensor(g, "w", 1, dims, new byte[8]))), StringComparison.Ordinal);

    [Theory]
    [InlineData("Relu", 0, true)]
    [InlineData("Relu", 128, false)]
    [InlineData("MaxPool", 0, true)]
    [InlineData("MaxPool", 3, false)]
    [InlineData("Clip", 1, false)]
    [InlineData("Conv", 128, true)]
    public void What_a_rectifier_gives_must_be_quantised_with_zero_point_0(string op, byte zero, bool passes)
    {
        var network = Model(g =>
        {
            Tensor(g, "zero", 2, [], [zero]);
            Tensor(g, "least", 1, [], new byte[4]);
            Node(g, "Relu", ["x"], "r");
            Node(g, op, [op == "MaxPool" ? "r" : "x", "least"], "y");
            Node(g, "QuantizeLinear", ["y", "scale", "zero"], "steps");
        });
        if (passes)
            Check(network, Card with { IsInt8 = true });
        else
            Assert.Contains("node 'steps_node' (QuantizeLinear) quantises what is never negative with another zero point than 0", Refused(network, Card with { IsInt8 = true }), StringComparison.Ordinal);
        Assert.Contains("say so with 'network: { precision: int8 }'", Refused(network), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_8_bits_are_symmetric()
    {
        byte[] With(byte zero) => Model(g =>
        {
            Tensor(g, "w", 3, [2], [1, 2]);
            Tensor(g, "zero", 3, [2], [0, zero]);
            Node(g, "DequantizeLinear", ["w", "scale", "zero"], "y");
        });
        Check(With(0), Card with { IsInt8 = true });
        Assert.Contains("node 'y_node' (DequantizeLinear) has weights with another zero point than 0", Refused(With(1), Card with { IsInt8 = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_says_whether_weights_are_float16()
    {
        var half = Model(g => Tensor(g, "w", 10, [1], [0, 0x3C]));
        Check(half, Card with { IsFloat16 = true });
        Assert.Contains("tensor 'w' is float16; say so with 'network: { precision: float16 }'", Refused(half), StringComparison.Ordinal);
        Assert.Contains("but no weight is float16; correct the card", Refused(Model(g => Tensor(g, "w", 1, [1], [0, 0, 0, 0])), Card with { IsFloat16 = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Our_own_networks_pass()
    {
        var small = NetworkCatalog.Find("ResNet-18")!;
        Check(RandomNetwork.Create(small, 2, 32).Graph.ToBytes());
        Check(RandomNetwork.Create(small, 2, 32, int8: true).Graph.ToBytes(), Card with { IsInt8 = true });
    }

    [Fact]
    public void A_file_that_ends_anywhere_or_has_any_byte_flipped_is_read_or_refused_and_never_more()
    {
        var network = File.ReadAllBytes(Path.Combine(SourceTree.Path("models"), "demo-phantom", "model.onnx"));
        for (var length = 0; length < network.Length; length += 7)
            Refused(network[..length]);
        for (var at = 0; at < network.Length; at += 3)
        {
            var damaged = (byte[])network.Clone();
            damaged[at] ^= (byte)(1 << (at % 8));
            var thrown = Record.Exception(() => Check(damaged));
            Assert.True(thrown is null or PackageException, $"byte {at}: {thrown}");
        }
    }
}
