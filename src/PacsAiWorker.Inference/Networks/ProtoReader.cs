using System.Buffers.Binary;

namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// Reads protobuf fields out of bytes that may be anything. Every length is compared with what is left before it is used, and nothing is
/// allocated. Groups, which ONNX never had, are refused.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int VarintWire = 0, Fixed64Wire = 1, BytesWire = 2, Fixed32Wire = 5, LongestVarint = 10;
    private readonly int _length = message.Length;
    private ReadOnlySpan<byte> _left = message;

    /// <summary>Where the next field begins: bytes from the start of the message.</summary>
    public readonly int Position => _length - _left.Length;

    /// <summary>Number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Value of a varint or a fixed field; 0 for one with a length.</summary>
    public ulong Value { get; private set; }

    /// <summary>Content of a field with a length; of another, empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Whether the field has a length: a text, a message or packed numbers.</summary>
    public bool HasBytes { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="FormatException">The bytes are no protobuf.</exception>
    public bool Next()
    {
        if (_left.IsEmpty)
            return false;
        var key = Varint(ref _left);
        if (key >> 3 is 0 or > int.MaxValue)
            throw new FormatException("a field has no valid number");
        (Field, Value, HasBytes) = ((int)(key >> 3), 0, false);
        Bytes = default;
        switch ((int)(key & 7))
        {
            case VarintWire:
                Value = Varint(ref _left);
                break;
            case Fixed64Wire:
                Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case Fixed32Wire:
                Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            case BytesWire:
                Bytes = Take(Varint(ref _left));
                HasBytes = true;
                break;
            default:
                throw new FormatException($"field {Field} has wire type {key & 7}");
        }
        return true;
    }

    /// <summary>Takes a varint from the front of packed numbers.</summary>
    /// <exception cref="FormatException">It does not end, or is longer than 64 bits.</exception>
    public static ulong Varint(ref ReadOnlySpan<byte> from)
    {
        ulong value = 0;
        for (var i = 0; i < LongestVarint; i++)
        {
            if (i == from.Length)
                throw new FormatException("the bytes end within a number");
            value |= (ulong)(from[i] & 0x7F) << (7 * i);
            if (from[i] < 0x80)
            {
                from = from[(i + 1)..];
                return value;
            }
        }
        throw new FormatException("a number is longer than 64 bits");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_left.Length)
            throw new FormatException($"a length of {length} goes beyond the {_left.Length} bytes that are left");
        var taken = _left[..(int)length];
        _left = _left[(int)length..];
        return taken;
    }
}
