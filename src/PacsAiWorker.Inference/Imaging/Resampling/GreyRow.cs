using System.Runtime.Intrinsics;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>Red, green, blue to grey, sixteen pixels at once; bit for bit <see cref="Preprocessing.Grey"/>.</summary>
internal static class GreyRow
{
    private const int Pixels = 16;

    /// <param name="colours">Pixels × 3.</param>
    /// <param name="grey">One a pixel.</param>
    public static void Fill(ReadOnlySpan<byte> colours, Span<byte> grey)
    {
        var x = 0;
        for (; x <= grey.Length - Pixels; x += Pixels)
            Block(colours.Slice(3 * x, 3 * Pixels), grey.Slice(x, Pixels));
        for (; x < grey.Length; x++)
            grey[x] = Preprocessing.Grey(colours[3 * x], colours[3 * x + 1], colours[3 * x + 2]);
    }

    private static void Block(ReadOnlySpan<byte> colours, Span<byte> grey)
    {
        var a = Vector128.Create(colours[..16]);
        var b = Vector128.Create(colours.Slice(16, 16));
        var c = Vector128.Create(colours.Slice(32, 16));
        const byte No = 0xFF; // gives 0
        var red = Vector128.Shuffle(a, Vector128.Create(0, 3, 6, 9, 12, 15, No, No, No, No, No, No, No, No, No, No))
            | Vector128.Shuffle(b, Vector128.Create(No, No, No, No, No, No, 2, 5, 8, 11, 14, No, No, No, No, No))
            | Vector128.Shuffle(c, Vector128.Create(No, No, No, No, No, No, No, No, No, No, No, 1, 4, 7, 10, 13));
        var green = Vector128.Shuffle(a, Vector128.Create(1, 4, 7, 10, 13, No, No, No, No, No, No, No, No, No, No, No))
            | Vector128.Shuffle(b, Vector128.Create(No, No, No, No, No, 0, 3, 6, 9, 12, 15, No, No, No, No, No))
            | Vector128.Shuffle(c, Vector128.Create(No, No, No, No, No, No, No, No, No, No, No, 2, 5, 8, 11, 14));
        var blue = Vector128.Shuffle(a, Vector128.Create(2, 5, 8, 11, 14, No, No, No, No, No, No, No, No, No, No, No))
            | Vector128.Shuffle(b, Vector128.Create(No, No, No, No, No, 1, 4, 7, 10, 13, No, No, No, No, No, No))
            | Vector128.Shuffle(c, Vector128.Create(No, No, No, No, No, No, No, No, No, No, 0, 3, 6, 9, 12, 15));
        var (red1, red2) = Wide(red);
        var (green1, green2) = Wide(green);
        var (blue1, blue2) = Wide(blue);
        var levels = Vector256.Narrow(Level(red1, green1, blue1), Level(red2, green2, blue2)).AsUInt16();
        Vector128.Narrow(levels.GetLower(), levels.GetUpper()).CopyTo(grey);
    }

    private static (Vector256<float>, Vector256<float>) Wide(Vector128<byte> values)
    {
        var (low, high) = Vector256.Widen(Vector256.WidenLower(values.ToVector256Unsafe()));
        return (Vector256.ConvertToSingle(low.AsInt32()), Vector256.ConvertToSingle(high.AsInt32()));
    }

    /// <summary>The sum is exact in float32. Its half beyond Grey's 500 keeps every product far from the next whole number.</summary>
    private static Vector256<int> Level(Vector256<float> red, Vector256<float> green, Vector256<float> blue) =>
        Vector256.ConvertToInt32Native((red * 299f + green * 587f + (blue * 114f + Vector256.Create(500.5f))) * 0.001f);
}
