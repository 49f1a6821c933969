namespace PacsAiWorker.Inference.Networks.Surgery;

/// <summary>An operator of a network (NodeProto).</summary>
public sealed class GraphNode
{
    private const int AttributeField = 5, DeepestGraph = 8;
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _attributes = [];
    private readonly List<string> _inputs = [], _outputs = [], _inner = [];

    internal GraphNode(ReadOnlyMemory<byte> message)
    {
        foreach (var field in ProtoField.Split(message))
            switch (field.Number)
            {
                case 1:
                    _inputs.Add(GraphText.Of(field.Content.Span));
                    break;
                case 2:
                    _outputs.Add(GraphText.Of(field.Content.Span));
                    break;
                case 3:
                    Name = GraphText.Of(field.Content.Span);
                    break;
                case 4:
                    Operator = GraphText.Of(field.Content.Span);
                    break;
                case AttributeField:
                    ReadAttribute(field.Content, _attributes);
                    CollectInner(field.Content.Span, 0);
                    break;
                case 7:
                    Domain = GraphText.Of(field.Content.Span);
                    break;
            }
    }

    /// <summary>Name of the node; may be empty.</summary>
    public string Name { get; } = "";

    /// <summary>Conv, Gemm, …</summary>
    public string Operator { get; } = "";

    /// <summary>Empty for ONNX's own operators.</summary>
    public string Domain { get; } = "";

    /// <summary>Tensors it reads, in order; an optional one that is left out is empty.</summary>
    public IReadOnlyList<string> Inputs => _inputs;

    /// <summary>Tensors it makes, in order; one that nobody wants may be empty.</summary>
    public IReadOnlyList<string> Outputs => _outputs;

    /// <summary>All tensors it reads: its inputs, and what graphs inside it (If, Loop, Scan) take from outside or call by the same name.</summary>
    internal IEnumerable<string> Reads => _inputs.Concat(_inner).Where(t => t.Length > 0);

    /// <summary>For messages: 'name' (Operator).</summary>
    public override string ToString() => $"'{(Name.Length > 0 ? Name : _outputs.FirstOrDefault(""))}' ({Operator})";

    /// <summary>An attribute of type INT; null when absent.</summary>
    internal long? Integer(string attribute) => Integers(attribute) is [var one, ..] ? one : null;

    /// <summary>An attribute of type INTS, or of type INT as one value; empty when absent.</summary>
    internal long[] Integers(string attribute)
    {
        var values = new List<long>();
        if (!_attributes.TryGetValue(attribute, out var message))
            return [];
        for (var fields = new ProtoReader(message.Span); fields.Next();)
            if (fields.Field is 3 or 8 && !fields.HasBytes)
                values.Add((long)fields.Value);
            else if (fields.Field == 8)
                for (var packed = fields.Bytes; !packed.IsEmpty;)
                    values.Add((long)ProtoReader.Varint(ref packed));
        return [.. values];
    }

    /// <summary>An attribute of type TENSOR; null when absent.</summary>
    internal GraphTensor? Tensor(string attribute) =>
        _attributes.TryGetValue(attribute, out var message) && ProtoField.Split(message).FirstOrDefault(f => f.Number == 5) is { Number: 5 } tensor
            ? GraphTensor.Read(tensor.Content, _outputs.FirstOrDefault(""))
            : null;

    private static void ReadAttribute(ReadOnlyMemory<byte> message, Dictionary<string, ReadOnlyMemory<byte>> attributes)
    {
        for (var fields = new ProtoReader(message.Span); fields.Next();)
            if (fields.Field == 1)
                attributes[GraphText.Of(fields.Bytes)] = message;
    }

    /// <summary>Every name that nodes and outputs of an inner graph read; names of its own among them keep at most too much.</summary>
    private void CollectInner(ReadOnlySpan<byte> attribute, int depth)
    {
        if (depth > DeepestGraph)
            throw new FormatException($"graphs lie more than {DeepestGraph} deep in one another");
        for (var fields = new ProtoReader(attribute); fields.Next();)
        {
            if (fields.Field is not (6 or 11) || !fields.HasBytes)
                continue;
            for (var graph = new ProtoReader(fields.Bytes); graph.Next();)
                if (graph.Field == 12)
                    _inner.Add(TensorInfo.Read(graph.Bytes).Name);
                else if (graph.Field == 1)
                    for (var node = new ProtoReader(graph.Bytes); node.Next();)
                        if (node.Field == 1)
                            _inner.Add(GraphText.Of(node.Bytes));
                        else if (node.Field == AttributeField)
                            CollectInner(node.Bytes, depth + 1);
        }
    }
}
