using System.Runtime.InteropServices;
using System.Text;

namespace PacsAiWorker.Tests.Inference.Networks;

/// <summary>A .onnx file read back: its nodes and initialisers, by a reader that shares nothing with the writer.</summary>
internal sealed class OnnxFile
{
    /// <summary>An operator; of its attributes only integers.</summary>
    public sealed record Node(string Op, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs);

    /// <summary>An initialiser; type as in TensorProto.DataType.</summary>
    public sealed record Tensor(int Type, long[] Shape, ReadOnlyMemory<byte> Raw)
    {
        public float[] Floats => MemoryMarshal.Cast<byte, float>(Raw.Span).ToArray();
    }

    public List<Node> Nodes { get; } = [];

    public Dictionary<string, Tensor> Tensors { get; } = [];

    public static OnnxFile Read(ReadOnlyMemory<byte> model)
    {
        var file = new OnnxFile();
        foreach (var graph in Fields(model).Where(f => f.Number == 7))
            foreach (var field in Fields(graph.Bytes))
            {
                if (field.Number == 1)
                {
                    var node = Fields(field.Bytes).ToLookup(f => f.Number, f => f.Bytes);
                    file.Nodes.Add(new Node(Text(node[4].Single()), [.. node[1].Select(Text)], [.. node[2].Select(Text)]));
                }
                else if (field.Number == 5)
                {
                    var tensor = Fields(field.Bytes).ToLookup(f => f.Number);
                    file.Tensors.Add(Text(tensor[8].Single().Bytes), new Tensor((int)tensor[2].Single().Value, [.. tensor[1].Select(d => d.Value)], tensor[9].Single().Bytes));
                }
            }
        return file;
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static IEnumerable<(int Number, long Value, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        while (!message.IsEmpty)
        {
            var key = Varint(ref message);
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    yield return (number, Varint(ref message), default);
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    yield return (number, 0, message[..length]);
                    message = message[length..];
                    break;
                case 5:
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"field {number} has wire type {key & 7}");
            }
        }
    }

    private static long Varint(ref ReadOnlyMemory<byte> message)
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = message.Span[0];
            message = message[1..];
            value |= (long)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
