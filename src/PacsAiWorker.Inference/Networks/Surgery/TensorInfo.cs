namespace PacsAiWorker.Inference.Networks.Surgery;

/// <summary>A tensor that a network declares: an input, an output or one in between (ValueInfoProto).</summary>
/// <param name="Name">As in the graph.</param>
/// <param name="Dims">-1 where the size is open; empty where the file does not state the shape.</param>
/// <param name="ElementType">TensorProto.DataType: 1 float32, 7 int64, 10 float16; 0 when it is no tensor.</param>
public sealed record TensorInfo(string Name, IReadOnlyList<long> Dims, int ElementType)
{
    /// <summary>For messages: name [-1, 3, 224, 224].</summary>
    public override string ToString() => $"{Name} [{string.Join(", ", Dims)}]";

    internal static TensorInfo Read(ReadOnlySpan<byte> valueInfo)
    {
        var (name, element) = ("", 0);
        var dims = new List<long>();
        for (var fields = new ProtoReader(valueInfo); fields.Next();)
            if (fields.Field == 1)
                name = GraphText.Of(fields.Bytes);
            else if (fields.Field == 2)
                for (var types = new ProtoReader(fields.Bytes); types.Next();)
                    if (types.Field == 1)
                        for (var tensor = new ProtoReader(types.Bytes); tensor.Next();)
                            if (tensor.Field == 1)
                                element = (int)Math.Min(tensor.Value, int.MaxValue);
                            else if (tensor.Field == 2)
                                ReadDims(tensor.Bytes, dims);
        return new TensorInfo(name, dims, element);
    }

    private static void ReadDims(ReadOnlySpan<byte> shape, List<long> dims)
    {
        for (var each = new ProtoReader(shape); each.Next();)
        {
            if (each.Field != 1)
                continue;
            var size = -1L;
            for (var dim = new ProtoReader(each.Bytes); dim.Next();)
                if (dim.Field == 1)
                    size = (long)dim.Value;
            dims.Add(size);
        }
    }
}
