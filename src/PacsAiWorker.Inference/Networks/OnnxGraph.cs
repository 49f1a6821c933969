using System.Runtime.InteropServices;

namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// An ONNX network under construction; <see cref="ToBytes"/> gives a .onnx file of IR version 8 and opset 17 (field numbers of
/// onnx-ml.proto, ONNX 1.12). The bytes depend on nothing but the calls. All tensors are float32, weights as little-endian
/// raw data in C order; weights are initialisers only, so that constants can be folded.
/// </summary>
/// <param name="name">Name of the graph.</param>
public sealed class OnnxGraph(string name)
{
    private const int FloatType = 1, Int64Type = 7, IrVersion = 8, Opset = 17;
    private readonly List<Action<ProtoWriter>> _nodes = [], _weights = [], _inputs = [], _outputs = [];

    /// <summary>Adds a float input. A null dimension is open and called N.</summary>
    public OnnxGraph Input(string tensor, params long?[] shape)
    {
        _inputs.Add(w => Value(w, tensor, shape));
        return this;
    }

    /// <summary>Adds a float output. A null dimension is open and called N.</summary>
    public OnnxGraph Output(string tensor, params long?[] shape)
    {
        _outputs.Add(w => Value(w, tensor, shape));
        return this;
    }

    /// <summary>
    /// Adds float weights; <paramref name="values"/> in C order, their number is the product of <paramref name="shape"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public OnnxGraph Weights(string tensor, ReadOnlySpan<float> values, params long[] shape) =>
        Weights(tensor, FloatType, MemoryMarshal.AsBytes(values).ToArray(), values.Length, shape);

    /// <summary>Adds integer constants, for example the target of a Reshape.</summary>
    public OnnxGraph Constants(string tensor, params long[] values) =>
        Weights(tensor, Int64Type, MemoryMarshal.AsBytes<long>(values).ToArray(), values.Length, [values.Length]);

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
                w.Message(5, a => Attribute(a, key, value));
        });
        return this;
    }

    /// <summary>The .onnx file.</summary>
    public byte[] ToBytes()
    {
        var model = new ProtoWriter();
        model.Varint(1, IrVersion);
        model.Text(2, "pacs-ai-worker");
        model.Message(7, graph =>
        {
            _nodes.ForEach(n => graph.Message(1, n));
            graph.Text(2, name);
            _weights.ForEach(n => graph.Message(5, n));
            _inputs.ForEach(n => graph.Message(11, n));
            _outputs.ForEach(n => graph.Message(12, n));
        });
        model.Message(8, opset => opset.Varint(2, Opset));
        return model.ToArray();
    }

    private OnnxGraph Weights(string tensor, int type, byte[] raw, int count, long[] shape)
    {
        if (shape.Aggregate(1L, (a, b) => a * b) != count)
            throw new ArgumentException($"{tensor}: {count} values do not fill [{string.Join(",", shape)}]", nameof(shape));
        _weights.Add(w =>
        {
            foreach (var dim in shape)
                w.Varint(1, dim);
            w.Varint(2, type);
            w.Text(8, tensor);
            w.Bytes(9, raw);
        });
        return this;
    }

    private static void Value(ProtoWriter w, string tensor, long?[] shape)
    {
        w.Text(1, tensor);
        w.Message(2, type => type.Message(1, t =>
        {
            t.Varint(1, FloatType);
            t.Message(2, s =>
            {
                foreach (var dim in shape)
                    s.Message(1, d =>
                    {
                        if (dim is { } fixedSize)
                            d.Varint(1, fixedSize);
                        else
                            d.Text(2, "N");
                    });
            });
        }));
    }

    // AttributeProto.type (field 20) is required: FLOAT 1, INT 2, STRING 3, INTS 7.
    private static void Attribute(ProtoWriter w, string key, object value)
    {
        w.Text(1, key);
        switch (value)
        {
            case float f:
                w.Float(2, f);
                w.Varint(20, 1);
                break;
            case long i:
                w.Varint(3, i);
                w.Varint(20, 2);
                break;
            case string s:
                w.Text(4, s);
                w.Varint(20, 3);
                break;
            case long[] many:
                foreach (var i in many)
                    w.Varint(8, i);
                w.Varint(20, 7);
                break;
            default:
                throw new ArgumentException($"{key}: attributes of {value.GetType().Name} are not supported", nameof(value));
        }
    }
}
