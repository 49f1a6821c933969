namespace PacsAiWorker.Inference.Networks;

/// <summary>The smaller messages of onnx-ml.proto, field numbers of ONNX 1.12.</summary>
internal static class OnnxFields
{
    /// <summary>TensorProto.DataType.</summary>
    public const int Float = 1, UInt8 = 2, Int8 = 3, Int32 = 6, Int64 = 7;

    /// <summary>ValueInfoProto of a float tensor; a null dimension is open and called N.</summary>
    public static void Value(ProtoWriter w, string tensor, long?[] shape)
    {
        w.Text(1, tensor);
        w.Message(2, type => type.Message(1, t =>
        {
            t.Varint(1, Float);
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

    /// <summary>AttributeProto; its type (field 20) is required: FLOAT 1, INT 2, STRING 3, INTS 7.</summary>
    /// <exception cref="ArgumentException">The value is of another type.</exception>
    public static void Attribute(ProtoWriter w, string key, object value)
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
