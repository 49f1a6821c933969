using System.Buffers;
using System.Text;

namespace PacsAiWorker.Inference.Networks;

/// <summary>Writes protobuf fields. A sub-message is written to its own writer first, because its length stands before it.</summary>
internal sealed class ProtoWriter
{
    private const int VarintWire = 0, BytesWire = 2, Fixed32Wire = 5;
    private readonly ArrayBufferWriter<byte> _out = new();

    public byte[] ToArray() => _out.WrittenSpan.ToArray();

    public void Varint(int field, long value)
    {
        Raw((uint)(field << 3 | VarintWire));
        Raw((ulong)value);
    }

    public void Float(int field, float value)
    {
        Raw((uint)(field << 3 | Fixed32Wire));
        Span<byte> bytes = stackalloc byte[4];
        BitConverter.TryWriteBytes(bytes, value);
        _out.Write(bytes);
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Begin(field, value.Length);
        _out.Write(value);
    }

    /// <summary>Key and length of a field whose <paramref name="length"/> bytes the caller writes behind what this writer holds.</summary>
    public void Begin(int field, long length)
    {
        Raw((uint)(field << 3 | BytesWire));
        Raw((ulong)length);
    }

    public void Message(int field, Action<ProtoWriter> write)
    {
        var inner = new ProtoWriter();
        write(inner);
        Bytes(field, inner.ToArray());
    }

    private void Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _out.Write([(byte)(value | 0x80)]);
        _out.Write([(byte)value]);
    }
}
