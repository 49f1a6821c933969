using System.Numerics;
using System.Runtime.InteropServices;
using PacsAiWorker.Inference.Networks;

namespace PacsAiWorker.Inference.Packages.Lint;

/// <summary>What the rules need to know of a constant.</summary>
/// <param name="Name">As in the graph; that of a Constant is its node's output.</param>
/// <param name="Type">TensorProto.DataType.</param>
/// <param name="IsZero">Whether every value is zero.</param>
internal readonly record struct TensorFacts(string Name, int Type, bool IsZero);

/// <summary>Checks one TensorProto (onnx-ml.proto): in the file, as large as it says, and its floats finite.</summary>
internal static class TensorLint
{
    /// <summary>Of TensorProto.DataType.</summary>
    public const int Float16 = 10;

    private const int Float = 1, Double = 11, BFloat16 = 16;
    private const uint FloatExponent = 0x7F800000, HalfExponent = 0x7C00, BFloatExponent = 0x7F80;
    private const ulong DoubleExponent = 0x7FF0000000000000;

    /// <summary>Bytes of a value in raw data, by TensorProto.DataType; 0 where raw data are not used or values share bytes.</summary>
    private static readonly int[] Sizes = [0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 8, 16, 2];

    /// <param name="tensor">The message.</param>
    /// <param name="owner">What it is called when it has no name.</param>
    /// <exception cref="LintException">Names the tensor and the rule.</exception>
    /// <exception cref="FormatException">The bytes are no protobuf.</exception>
    public static TensorFacts Check(ReadOnlySpan<byte> tensor, string owner)
    {
        var name = owner;
        var (type, count, isExternal) = (0, 1UL, false);
        for (var fields = new ProtoReader(tensor); fields.Next();)
            switch (fields.Field)
            {
                case 1 when fields.HasBytes:
                    for (var dims = fields.Bytes; !dims.IsEmpty;)
                        count = Times(count, ProtoReader.Varint(ref dims));
                    break;
                case 1:
                    count = Times(count, fields.Value);
                    break;
                case 2:
                    type = (int)Math.Min(fields.Value, int.MaxValue);
                    break;
                case 8:
                    name = NetworkLint.Text(fields.Bytes);
                    break;
                case 13:
                case 14 when fields.Value != 0:
                    isExternal = true;
                    break;
            }
        if (isExternal)
            throw new LintException($"tensor '{name}' keeps its values in another file; export the network with its weights inside");
        if (count == ulong.MaxValue)
            throw new LintException($"tensor '{name}' has a shape that no memory holds; export the network again");
        var size = type < Sizes.Length ? Sizes[type] : 0;
        var isZero = true;
        var stated = 0UL;
        for (var fields = new ProtoReader(tensor); fields.Next();)
        {
            if (fields.Field == 9 && size > 0)
            {
                if ((ulong)fields.Bytes.Length / (ulong)size != count || fields.Bytes.Length % size != 0)
                    throw new LintException($"tensor '{name}' holds {fields.Bytes.Length} bytes of values where its shape needs {count} × {size}; export the network again");
                CheckFinite(fields.Bytes, type, name);
            }
            else if (fields.Field is 4 or 10 && fields.HasBytes)
                CheckFinite(fields.Bytes, fields.Field == 4 ? Float : Double, name);
            else if (fields.Field is 4 or 10)
                CheckOne(fields.Value, fields.Field == 4 ? FloatExponent : DoubleExponent, name);
            else if (fields.Field == 5 && type is Float16 or BFloat16)
                CheckHalves(ref fields, type, name);
            if (fields.Field is 4 or 5 or 7 or 9 or 10 or 11)
            {
                isZero &= fields.Value == 0 && !fields.Bytes.ContainsAnyExcept((byte)0);
                stated++;
            }
        }
        return stated == 0 && count > 0 && type != 8
            ? throw new LintException($"tensor '{name}' has a shape but no values; export the network again")
            : new(name, type, isZero);
    }

    private static ulong Times(ulong count, ulong dimension) =>
        dimension > int.MaxValue || count > int.MaxValue ? ulong.MaxValue : count * dimension;

    private static void CheckFinite(ReadOnlySpan<byte> raw, int type, string name)
    {
        if (type switch
        {
            Float => AllSet(MemoryMarshal.Cast<byte, uint>(raw), FloatExponent),
            Float16 => AllSet<ushort>(MemoryMarshal.Cast<byte, ushort>(raw), (ushort)HalfExponent),
            BFloat16 => AllSet<ushort>(MemoryMarshal.Cast<byte, ushort>(raw), (ushort)BFloatExponent),
            Double => AllSet(MemoryMarshal.Cast<byte, ulong>(raw), DoubleExponent),
            _ => false,
        })
            throw NotFinite(name);
    }

    /// <summary>Halves may stand one a varint (int32_data).</summary>
    private static void CheckHalves(ref ProtoReader fields, int type, string name)
    {
        var exponent = type == Float16 ? HalfExponent : BFloatExponent;
        if (!fields.HasBytes)
            CheckOne(fields.Value, exponent, name);
        for (var packed = fields.Bytes; !packed.IsEmpty;)
            CheckOne(ProtoReader.Varint(ref packed), exponent, name);
    }

    private static void CheckOne(ulong bits, ulong exponent, string name)
    {
        if ((bits & exponent) == exponent)
            throw NotFinite(name);
    }

    /// <summary>Whether some value has all bits of the exponent set: then it is NaN or infinite (IEEE 754).</summary>
    private static bool AllSet<T>(ReadOnlySpan<T> values, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var mask = new Vector<T>(exponent);
        var vectors = MemoryMarshal.Cast<T, Vector<T>>(values);
        foreach (ref readonly var vector in vectors)
            if (Vector.EqualsAny(vector & mask, mask))
                return true;
        foreach (var value in values[(vectors.Length * Vector<T>.Count)..])
            if ((value & exponent) == exponent)
                return true;
        return false;
    }

    private static LintException NotFinite(string name) =>
        new($"tensor '{name}' holds a value that is NaN or infinite; train or export the network again");
}
