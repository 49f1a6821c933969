namespace PacsAiWorker.Inference.Networks.Surgery;

/// <summary>One field of a protobuf message, where it lies.</summary>
/// <param name="Number">Field number.</param>
/// <param name="Whole">Key, length and content: what is carried over.</param>
/// <param name="Content">Of a field with a length; of another, empty.</param>
internal readonly record struct ProtoField(int Number, ReadOnlyMemory<byte> Whole, ReadOnlyMemory<byte> Content)
{
    /// <summary>The fields in their order; nothing is copied.</summary>
    /// <exception cref="FormatException">The bytes are no protobuf.</exception>
    public static List<ProtoField> Split(ReadOnlyMemory<byte> message)
    {
        var fields = new List<ProtoField>();
        var start = 0;
        for (var reader = new ProtoReader(message.Span); reader.Next(); start = reader.Position)
            fields.Add(new ProtoField(reader.Field, message[start..reader.Position], message[(reader.Position - reader.Bytes.Length)..reader.Position]));
        return fields;
    }

    /// <summary>A field that is made new.</summary>
    public static ProtoField Make(int number, Action<ProtoWriter> write)
    {
        var content = new ProtoWriter();
        write(content);
        var whole = new ProtoWriter();
        whole.Bytes(number, content.ToArray());
        return Split(whole.ToArray())[0];
    }
}
