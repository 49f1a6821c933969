using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>Writes arrays as NumPy reads them: .npy version 1.0 (numpy.lib.format), little-endian, C order.</summary>
public static class NpyFile
{
    private const int Alignment = 64, Before = 10; // magic, version, length of the header

    /// <param name="target">Where to.</param>
    /// <param name="values">byte, ushort, short, float or double, the last axis fastest.</param>
    /// <param name="shape">Their product is the number of values.</param>
    /// <exception cref="ArgumentException">Shape and number of values differ, or NumPy has no such type.</exception>
    public static void Write<T>(Stream target, ReadOnlySpan<T> values, IReadOnlyList<int> shape)
        where T : unmanaged
    {
        if (shape.Aggregate(1L, (a, b) => a * b) != values.Length)
            throw new ArgumentException($"{values.Length} values do not fill the shape {string.Join(" × ", shape)}", nameof(shape));
        var axes = string.Concat(shape.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s}, ")));
        var text = $"{{'descr': '{Code<T>()}', 'fortran_order': False, 'shape': ({axes}), }}";
        var length = (Before + text.Length + 1 + Alignment - 1) / Alignment * Alignment - Before;
        Span<byte> size = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)length);
        target.Write([0x93, .. "NUMPY"u8, 1, 0, .. size, .. Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n")]);
        target.Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>NumPy's name of a type: "uint8", "float32".</summary>
    public static string Name<T>()
        where T : unmanaged => Code<T>() switch
        {
            "|u1" => "uint8",
            "<u2" => "uint16",
            "<i2" => "int16",
            "<f4" => "float32",
            _ => "float64",
        };

    private static string Code<T>() => default(T) switch
    {
        byte => "|u1",
        ushort => "<u2",
        short => "<i2",
        float => "<f4",
        double => "<f8",
        _ => throw new ArgumentException($"{typeof(T).Name} is not written"),
    };
}
