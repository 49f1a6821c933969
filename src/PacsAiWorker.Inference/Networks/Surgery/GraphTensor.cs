using System.Buffers.Binary;

namespace PacsAiWorker.Inference.Networks.Surgery;

/// <summary>A constant of the graph (TensorProto); its values stay in the file until somebody asks for them.</summary>
/// <param name="Name">As in the graph; that of a Constant node is its output.</param>
/// <param name="Dims">Its shape; empty for a single value.</param>
/// <param name="ElementType">TensorProto.DataType.</param>
/// <param name="IsExternal">Whether the values lie in another file.</param>
/// <param name="Message">The whole message.</param>
internal sealed record GraphTensor(string Name, IReadOnlyList<long> Dims, int ElementType, bool IsExternal, ReadOnlyMemory<byte> Message)
{
    private const int Int64Data = 7, RawData = 9;

    /// <summary>The values of an int64 tensor; empty for other types.</summary>
    public long[] Integers()
    {
        var values = new List<long>();
        if (ElementType != OnnxFields.Int64)
            return [];
        for (var fields = new ProtoReader(Message.Span); fields.Next();)
            if (fields.Field == RawData)
                for (var raw = fields.Bytes; raw.Length >= sizeof(long); raw = raw[sizeof(long)..])
                    values.Add(BinaryPrimitives.ReadInt64LittleEndian(raw));
            else if (fields.Field == Int64Data && !fields.HasBytes)
                values.Add((long)fields.Value);
            else if (fields.Field == Int64Data)
                for (var packed = fields.Bytes; !packed.IsEmpty;)
                    values.Add((long)ProtoReader.Varint(ref packed));
        return [.. values];
    }

    internal static GraphTensor Read(ReadOnlyMemory<byte> message, string? name = null)
    {
        var (element, isExternal) = (0, false);
        var dims = new List<long>();
        for (var fields = new ProtoReader(message.Span); fields.Next();)
            switch (fields.Field)
            {
                case 1 when fields.HasBytes:
                    for (var packed = fields.Bytes; !packed.IsEmpty;)
                        dims.Add((long)ProtoReader.Varint(ref packed));
                    break;
                case 1:
                    dims.Add((long)fields.Value);
                    break;
                case 2:
                    element = (int)Math.Min(fields.Value, int.MaxValue);
                    break;
                case 8:
                    name ??= GraphText.Of(fields.Bytes);
                    break;
                case 13:
                case 14 when fields.Value != 0:
                    isExternal = true;
                    break;
            }
        return new GraphTensor(name ?? "", dims, element, isExternal, message);
    }
}
