using System.Runtime.InteropServices;

namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// An ONNX network under construction; <see cref="ToBytes"/> and <see cref="WriteTo"/> give a .onnx file of IR version 8 and opset 17
/// (field numbers of onnx-ml.proto, ONNX 1.12). The bytes depend on nothing but the calls. Weights are little-endian raw data in C order;
/// they are initialisers only, so that constants can be folded.
/// </summary>
/// <param name="name">Name of the graph.</param>
public sealed class OnnxGraph(string name)
{
    private const int IrVersion = 8, Opset = 17;
    private readonly List<Action<ProtoWriter>> _nodes = [], _inputs = [], _outputs = [], _metadata = [];
    private readonly List<OnnxWeights> _weights = [];

    /// <summary>Adds a float input. A null dimension is open and called N.</summary>
    public OnnxGraph Input(string tensor, params long?[] shape)
    {
        _inputs.Add(w => OnnxFields.Value(w, tensor, shape));
        return this;
    }

    /// <summary>Adds a float output. A null dimension is open and called N.</summary>
    public OnnxGraph Output(string tensor, params long?[] shape)
    {
        _outputs.Add(w => OnnxFields.Value(w, tensor, shape));
        return this;
    }

    /// <summary>
    /// Adds float weights; <paramref name="values"/> in C order, their number is the product of <paramref name="shape"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public OnnxGraph Weights(string tensor, ReadOnlySpan<float> values, params long[] shape) => Held(tensor, values, shape);

    /// <summary>
    /// Adds float weights that are made each time the file is written, so that a large network need not be held;
    /// <paramref name="begin"/> starts the same values again.
    /// </summary>
    public OnnxGraph Weights(string tensor, Func<NextWeights> begin, params long[] shape)
    {
        _weights.Add(OnnxWeights.Made(tensor, begin, Count(shape), shape));
        return this;
    }

    /// <summary>Adds integer constants, for example the target of a Reshape.</summary>
    public OnnxGraph Constants(string tensor, params long[] values) => Held<long>(tensor, values, [values.Length]);

    /// <summary>Adds weights of 8 or 32 bits, for quantised operators: <see cref="byte"/>, <see cref="sbyte"/> or <see cref="int"/>.</summary>
    /// <exception cref="ArgumentException">Another type, or the number of values does not fit the shape.</exception>
    public OnnxGraph Quantised<T>(string tensor, ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged => Held(tensor, values, shape);

    /// <summary>
    /// Adds an operator. Attribute values may be <see cref="long"/>, <see cref="float"/>, <see cref="string"/> or an array of long.
    /// </summary>
    public OnnxGraph Node(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        _nodes.Add(w =>
        {
            foreach (var input in inputs)
                w.Text(1, input);
            foreach (var output in outputs)
                w.Text(2, output);
            w.Text(3, outputs[0] + "_node");
            w.Text(4, op);
            foreach (var (key, value) in attributes)
                w.Message(5, a => OnnxFields.Attribute(a, key, value));
        });
        return this;
    }

    /// <summary>Adds an entry of the model's metadata.</summary>
    public OnnxGraph Metadata(string key, string value)
    {
        _metadata.Add(w =>
        {
            w.Text(1, key);
            w.Text(2, value);
        });
        return this;
    }

    /// <summary>The .onnx file.</summary>
    /// <exception cref="InvalidOperationException">The file would be 2 GiB or larger.</exception>
    public byte[] ToBytes()
    {
        var parts = Parts();
        var bytes = new byte[parts.Sum(p => p.Fields.Length + (p.Weights?.RawBytes ?? 0))];
        using var to = new MemoryStream(bytes);
        Write(parts, to);
        return bytes;
    }

    /// <summary>Writes the .onnx file; of made weights only a piece at a time is in memory.</summary>
    /// <exception cref="InvalidOperationException">The file would be 2 GiB or larger, which no reader of ONNX takes.</exception>
    public void WriteTo(Stream to) => Write(Parts(), to);

    private static void Write(List<(byte[] Fields, OnnxWeights? Weights)> parts, Stream to)
    {
        foreach (var (fields, weights) in parts)
        {
            to.Write(fields);
            weights?.Write(to);
        }
    }

    /// <summary>The file as fields and the raw data that follow them.</summary>
    private List<(byte[] Fields, OnnxWeights? Weights)> Parts()
    {
        List<(byte[] Fields, OnnxWeights? Weights)> graph =
        [
            (Fields(g =>
            {
                _nodes.ForEach(n => g.Message(1, n));
                g.Text(2, name);
            }), null),
            .. _weights.Select(w => ((byte[])[.. Fields(g => g.Begin(5, w.Head.Length + w.RawBytes)), .. w.Head], (OnnxWeights?)w)),
            (Fields(g =>
            {
                _inputs.ForEach(n => g.Message(11, n));
                _outputs.ForEach(n => g.Message(12, n));
            }), null),
        ];
        var graphBytes = graph.Sum(p => p.Fields.Length + (p.Weights?.RawBytes ?? 0));
        if (graphBytes > int.MaxValue - (1 << 20))
            throw new InvalidOperationException($"{name} would be a file of {graphBytes:N0} bytes; below 2 GiB is allowed: take a smaller input or fewer classes");
        var before = Fields(model =>
        {
            model.Varint(1, IrVersion);
            model.Text(2, "pacs-ai-worker");
            model.Begin(7, graphBytes);
        });
        var after = Fields(model =>
        {
            model.Message(8, opset => opset.Varint(2, Opset));
            _metadata.ForEach(m => model.Message(14, m));
        });
        return [(before, null), .. graph, (after, null)];
    }

    private static byte[] Fields(Action<ProtoWriter> write)
    {
        var fields = new ProtoWriter();
        write(fields);
        return fields.ToArray();
    }

    private OnnxGraph Held<T>(string tensor, ReadOnlySpan<T> values, long[] shape)
        where T : unmanaged
    {
        var type = default(T) switch
        {
            float => OnnxFields.Float,
            byte => OnnxFields.UInt8,
            sbyte => OnnxFields.Int8,
            int => OnnxFields.Int32,
            long => OnnxFields.Int64,
            _ => throw new ArgumentException($"{tensor}: weights of {typeof(T).Name} are not supported", nameof(values)),
        };
        if (Count(shape) != values.Length)
            throw new ArgumentException($"{tensor}: {values.Length} values do not fill [{string.Join(",", shape)}]", nameof(shape));
        _weights.Add(OnnxWeights.Held(tensor, type, MemoryMarshal.AsBytes(values).ToArray(), shape));
        return this;
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);
}
