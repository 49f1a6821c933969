using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Tests.Native;

namespace PacsAiWorker.Tests.Inference.Networks.Surgery;

public sealed class OnnxSurgeryTests
{
    private const int Side = 95, Features = 4096;
    private const string File = "some.onnx";
    private static readonly byte[] Network = RandomNetwork.Create(NetworkCatalog.Find("AlexNet")!, 5, Side, 7).Graph.ToBytes();
    private static readonly float[] Pictures = SeededWeights.Take(SeededWeights.Normal(3, "picture", 1), 2 * 3 * Side * Side);

    [Fact]
    public void An_inner_tensor_becomes_an_output_with_the_numbers_it_always_had()
    {
        var surgery = OnnxSurgery.Read(Network, File);
        surgery.Expose("features.8", -1, 256, 5, 5);
        var expected = RandomNetwork.Create(NetworkCatalog.Find("AlexNet")!, 5, Side, 7, int8: false, name => name is "logits" or "features.8").Graph.ToBytes();
        Assert.Equal(Run(expected), Run(surgery.ToBytes()));
        Assert.Equal([-1, 256, 5, 5], surgery.Outputs.Single(o => o.Name == "features.8").Dims);
        Assert.Equal(["input [-1, 3, 95, 95]"], surgery.Inputs.Select(i => i.ToString()));
    }

    [Fact]
    public void A_new_head_gives_features_times_weights_plus_bias_and_the_old_one_is_gone()
    {
        var weights = SeededWeights.Take(SeededWeights.Normal(5, "head", 0.02), 2 * Features);
        float[] bias = [0.25f, -0.5f];
        var surgery = OnnxSurgery.Read(Network, File);
        surgery.Expose("classifier.5", -1, Features);
        surgery.ReplaceHead("classifier.5", "logits", weights, bias);
        var changed = surgery.ToBytes();
        var outputs = Run(changed);
        var (logits, features) = (outputs["logits"], outputs["classifier.5"]);
        Assert.Equal(4, logits.Length);
        for (var i = 0; i < logits.Length; i++)
        {
            double expected = bias[i % 2];
            for (var j = 0; j < Features; j++)
                expected += (double)features[i / 2 * Features + j] * weights[i % 2 * Features + j];
            Assert.Equal(expected, logits[i], 1e-4);
        }

        var file = OnnxFile.Read(changed);
        Assert.DoesNotContain(file.Tensors.Keys, name => name.StartsWith("classifier.6", StringComparison.Ordinal));
        Assert.Equal(["Gemm"], file.Nodes.Where(n => n.Outputs.Contains("logits")).Select(n => n.Op));
        Assert.InRange(Network.Length - changed.Length, 3 * Features * sizeof(float) - 100, 3 * Features * sizeof(float) + 100); // three classes fewer
        Assert.All(OnnxFile.Read(Network).Tensors.Where(t => file.Tensors.ContainsKey(t.Key)), t => Assert.True(t.Value.Raw.Span.SequenceEqual(file.Tensors[t.Key].Raw.Span)));
    }

    [Fact]
    public void What_no_output_needs_any_more_leaves_with_the_head()
    {
        var surgery = OnnxSurgery.Read(Network, File);
        surgery.ReplaceHead("flatten", "logits", new float[3 * 256 * 2 * 2], new float[3]);
        var file = OnnxFile.Read(surgery.ToBytes());
        Assert.DoesNotContain(file.Tensors.Keys, name => name.StartsWith("classifier", StringComparison.Ordinal));
        Assert.DoesNotContain(file.Nodes, n => n.Outputs.Any(o => o.StartsWith("classifier", StringComparison.Ordinal)));
        Assert.Equal(new float[6], Run(surgery.ToBytes())["logits"]);
    }

    [Fact]
    public void Outputs_computed_from_the_old_logits_leave_and_other_outputs_stay_with_what_they_need()
    {
        var network = Small(g => g.Node("Softmax", ["logits"], ["probabilities"]).Output("probabilities", null, 2).Node("Relu", ["input"], ["other"]).Output("other", null, 3));
        var surgery = OnnxSurgery.Read(network, File);
        surgery.ReplaceHead("input", "logits", [1, 2, 3], [4]);
        Assert.Equal(["logits [-1, 1]", "other [-1, 3]"], surgery.Outputs.Select(o => o.ToString()));
        Assert.Equal(["Relu", "Gemm"], surgery.Nodes.Select(n => n.Operator));
        using var session = OrtSession.Create(Ort.Library, surgery.ToBytes(), new OrtSessionSettings());
        Assert.Equal([[-2 + 2 + 9 + 4], [0, 1, 3]], session.Run([-2, 1, 3], [1, 3]));
    }

    [Fact]
    public void Nothing_changed_is_the_same_file_and_fields_nobody_knows_survive_a_change()
    {
        Assert.Equal(Network, OnnxSurgery.Read(Network, File).ToBytes());
        byte[][] unknown = [Unknown(77, "of the graph"), Unknown(200, "of the model"), Unknown(78, "of a node"), Unknown(79, "of a constant")];
        var network = Made(unknown);
        var surgery = OnnxSurgery.Read(network, File);
        Assert.Equal(network, surgery.ToBytes());
        surgery.ReplaceHead("hidden", "logits", [1, 2], [3]);
        var changed = surgery.ToBytes();
        Assert.All(unknown, bytes => Assert.NotEqual(-1, changed.AsSpan().IndexOf(bytes)));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Constants_that_an_older_file_lists_as_inputs_are_no_inputs_and_leave_both_lists(int ir)
    {
        var surgery = OnnxSurgery.Read(Made([], ir), File);
        Assert.Equal(["input"], surgery.Inputs.Select(i => i.Name));
        surgery.ReplaceHead("input", "logits", [1, 2], [3]);
        Assert.Equal(["input"], surgery.Inputs.Select(i => i.Name));
        using var session = OrtSession.Create(Ort.Library, surgery.ToBytes(), new OrtSessionSettings());
        Assert.Equal([5 + 12 + 3], session.Run([5, 6], [1, 2]).Single());
    }

    [Fact]
    public void What_a_graph_inside_a_node_reads_is_kept()
    {
        var branch = (ProtoWriter g, string constant) =>
        {
            g.Message(1, n =>
            {
                n.Text(1, "features");
                n.Text(1, constant);
                n.Text(2, constant + "_sum");
                n.Text(4, "Add");
            });
            g.Text(2, "branch");
            g.Message(12, o => OnnxFields.Value(o, constant + "_sum", [null, 2]));
        };
        var network = Small(_ => { }, graph => graph.Message(1, node =>
        {
            node.Text(1, "switch");
            node.Text(2, "chosen");
            node.Text(4, "If");
            foreach (var (name, constant) in ((string, string)[])[("then_branch", "a"), ("else_branch", "b")])
                node.Message(5, a =>
                {
                    a.Text(1, name);
                    a.Message(6, g => branch(g, constant));
                    a.Varint(20, 5);
                });
        }));
        var node = OnnxSurgery.Read(network, File).Nodes.Single(n => n.Operator == "If");
        Assert.Equal(["switch", "features", "a", "a_sum", "features", "b", "b_sum"], node.Reads);
    }

    [Fact]
    public void A_truncated_file_is_a_clear_error()
    {
        foreach (var length in (int[])[0, 1, 10, 1000, Network.Length / 2, Network.Length - 1])
            Assert.StartsWith("some.onnx is no ONNX network, or damaged: ", Assert.Throws<NetworkFormatException>(() => OnnxSurgery.Read(Network.AsMemory(0, length), File)).Message);
        Assert.Contains("Name an ONNX file", Assert.Throws<NetworkFormatException>(() => OnnxSurgery.Read("/no/such/file.onnx")).Message);
    }

    [Fact]
    public void A_tensor_that_is_not_there_or_comes_from_the_old_head_is_refused()
    {
        var surgery = OnnxSurgery.Read(Network, File);
        Assert.Contains("no node makes a tensor 'pool7'", Assert.Throws<NetworkFormatException>(() => surgery.Expose("pool7", -1)).Message);
        Assert.Contains("there is no tensor 'pool7'", Assert.Throws<NetworkFormatException>(() => surgery.ReplaceHead("pool7", "logits", [1], [1])).Message);
        Assert.Contains("name a tensor before it", Assert.Throws<NetworkFormatException>(() => surgery.ReplaceHead("logits", "logits", [1], [1])).Message);
        Assert.Throws<ArgumentException>(() => surgery.ReplaceHead("flatten", "logits", [1, 2, 3], [1, 2]));
    }

    private static Dictionary<string, float[]> Run(byte[] network)
    {
        using var session = OrtSession.Create(Ort.Library, network, new OrtSessionSettings());
        return session.Outputs.Select(o => o.Name).Zip(session.Run(Pictures, [2, 3, Side, Side])).ToDictionary(o => o.First, o => o.Second);
    }

    private static byte[] Unknown(int field, string text)
    {
        var w = new ProtoWriter();
        w.Text(field, text);
        return w.ToArray();
    }

    /// <summary>input [N, 3] to logits [N, 2], and what is added.</summary>
    private static byte[] Small(Action<OnnxGraph> more, Action<ProtoWriter>? raw = null)
    {
        var graph = new OnnxGraph("small").Input("input", null, 3).Weights("w", [1, 2, 3, 4, 5, 6], 3, 2).Node("MatMul", ["input", "w"], ["logits"]).Output("logits", null, 2);
        more(graph);
        var bytes = graph.ToBytes();
        if (raw is null)
            return bytes;
        var fields = ProtoField.Split(bytes);
        var extra = new ProtoWriter();
        raw(extra);
        var changed = new ProtoWriter();
        changed.Bytes(7, [.. fields.Single(f => f.Number == 7).Content.Span, .. extra.ToArray()]);
        return [.. fields.Where(f => f.Number != 7).SelectMany(f => f.Whole.ToArray()), .. changed.ToArray()];
    }

    /// <summary>input [N, 2] → Relu, hidden → MatMul, logits [N, 1]; the constant is listed as an input too. Unknown fields: graph, model, node, constant.</summary>
    private static byte[] Made(byte[][] unknown, int ir = 8)
    {
        byte[] At(int i) => i < unknown.Length ? unknown[i] : [];
        byte[] Message(Action<ProtoWriter> write)
        {
            var w = new ProtoWriter();
            write(w);
            return w.ToArray();
        }
        byte[] Node(string op, string output, params string[] inputs) => Message(w =>
        {
            foreach (var input in inputs)
                w.Text(1, input);
            w.Text(2, output);
            w.Text(4, op);
        });
        byte[] Constant(string name, params long[] shape) => Message(w =>
        {
            foreach (var dim in shape)
                w.Varint(1, dim);
            w.Varint(2, 1);
            w.Text(8, name);
            w.Bytes(9, [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]); // 1 and 2
        });
        var graph = Message(g =>
        {
            g.Bytes(1, [.. Node("Mul", "hidden", "input", "kept"), .. At(2)]);
            g.Bytes(1, Node("MatMul", "logits", "hidden", "w"));
            g.Text(2, "made");
            g.Bytes(5, [.. Constant("kept", 2), .. At(3)]);
            g.Bytes(5, Constant("w", 2, 1));
            g.Message(11, v => OnnxFields.Value(v, "input", [null, 2]));
            g.Message(11, v => OnnxFields.Value(v, "kept", [2]));
            g.Message(11, v => OnnxFields.Value(v, "w", [2, 1]));
            g.Message(12, v => OnnxFields.Value(v, "logits", [null, 1]));
        });
        return Message(m =>
        {
            m.Varint(1, ir);
            m.Bytes(7, [.. graph, .. At(0)]);
            m.Message(8, o => o.Varint(2, 13));
        }) is var model ? [.. model, .. At(1)] : [];
    }
}
