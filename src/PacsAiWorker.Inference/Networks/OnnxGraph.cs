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
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        WriteTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Writes the .onnx file; of made weights only a piece at a time is in memory.</summary>
    /// <exception cref="InvalidOperationException">The file would be 2 GiB or larger, which no reader of ONNX takes.</exception>
    public void WriteTo(Stream to)
    {
        var before = Fields(graph =>
        {
            _nodes.ForEach(n => graph.Message(1, n));
            graph.Text(2, name);
        });
        var weights = _weights.Select(w => (Key: Fields(graph => graph.Begin(5, w.Head.Length + w.RawBytes)), Weights: w)).ToList();
        var after = Fields(graph =>
        {
            _inputs.ForEach(n => graph.Message(11, n));
            _outputs.ForEach(n => graph.Message(12, n));
        });
        var graphBytes = before.Length + weights.Sum(w => w.Key.Length + w.Weights.Head.Length + w.Weights.RawBytes) + after.Length;
        if (graphBytes > int.MaxValue - (1 << 20))
            throw new InvalidOperationException($"{name} would be a file of {graphBytes:N0} bytes; below 2 GiB is allowed: take a smaller input or fewer classes");
        to.Write(Fields(model =>
        {
            model.Varint(1, IrVersion);
            model.Text(2, "pacs-ai-worker");
            model.Begin(7, graphBytes);
        }));
        to.Write(before);
        foreach (var (key, tensor) in weights)
        {
            to.Write(key);
            to.Write(tensor.Head);
            tensor.Write(to);
        }
        to.Write(after);
        to.Write(Fields(model =>
        {
            model.Message(8, opset => opset.Varint(2, Opset));
            _metadata.ForEach(m => model.Message(14, m));
        }));
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
