using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>Eight rows at once, one a lane: each lane sums weight × sample in the order of the columns, product and sum rounded apart.</summary>
internal static class AcrossPass
{
    /// <summary>Rows done together.</summary>
    public const int Rows = 8;

    /// <summary>Values a row is padded to a multiple of.</summary>
    public static int Padded(int values) => (values + Rows - 1) / Rows * Rows;

    /// <param name="columns">One vector a sample of the rows, channels interleaved.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="taps">Along the row.</param>
    /// <param name="sums">Channels × padded count.</param>
    public static void Sum(ReadOnlySpan<Vector256<float>> columns, int channels, ResampleTaps taps, Span<Vector256<float>> sums)
    {
        var stride = Padded(taps.Count);
        for (var x = 0; x < taps.Count; x++)
        {
            var weights = taps.Weights(x);
            var from = columns.Slice(taps.First(x) * channels, weights.Length * channels);
            if (channels == 1)
                sums[x] = Grey(from, weights);
            else
                (sums[x], sums[stride + x], sums[2 * stride + x]) = Colour(from, weights);
        }
    }

    /// <summary>What overshoots 0 to 255.</summary>
    public static void Clamp(Span<Vector256<float>> values)
    {
        var most = Vector256.Create(255f);
        foreach (ref var value in values)
            value = Vector256.MinNative(Vector256.MaxNative(value, Vector256<float>.Zero), most);
    }

    /// <summary>Eight rows of vectors to columns, or eight columns to rows: the tables of 8 × 8 along them are each turned.</summary>
    /// <param name="from">In the first case eight rows of <paramref name="tables"/> vectors, in the second one row of 8 × tables vectors.</param>
    /// <param name="tables">Number of tables.</param>
    /// <param name="isRows">Which of the two.</param>
    /// <param name="to">As many vectors in the other order.</param>
    public static void Turn(ReadOnlySpan<Vector256<float>> from, int tables, bool isRows, Span<Vector256<float>> to)
    {
        for (var t = 0; t < tables; t++)
            if (isRows)
                Turn(from[t..], tables, to[(t * Rows)..], 1);
            else
                Turn(from[(t * Rows)..], 1, to[t..], tables);
    }

    private static Vector256<float> Grey(ReadOnlySpan<Vector256<float>> columns, ReadOnlySpan<float> weights)
    {
        Vector256<float> sum = default;
        for (var k = 0; k < weights.Length; k++)
            sum += columns[k] * weights[k];
        return sum;
    }

    private static (Vector256<float>, Vector256<float>, Vector256<float>) Colour(ReadOnlySpan<Vector256<float>> columns, ReadOnlySpan<float> weights)
    {
        Vector256<float> red = default, green = default, blue = default;
        for (var k = 0; k < weights.Length; k++)
        {
            var pixel = columns.Slice(3 * k, 3);
            red += pixel[0] * weights[k];
            green += pixel[1] * weights[k];
            blue += pixel[2] * weights[k];
        }
        return (red, green, blue);
    }

    private static void Turn(ReadOnlySpan<Vector256<float>> from, int fromStep, Span<Vector256<float>> to, int toStep)
    {
        if (!Avx.IsSupported)
        {
            PlainTurn(from, fromStep, to, toStep);
            return;
        }
        Vector256<float> a = from[0], b = from[fromStep], c = from[2 * fromStep], d = from[3 * fromStep];
        Vector256<float> e = from[4 * fromStep], f = from[5 * fromStep], g = from[6 * fromStep], h = from[7 * fromStep];
        Vector256<float> ab = Avx.UnpackLow(a, b), ba = Avx.UnpackHigh(a, b), cd = Avx.UnpackLow(c, d), dc = Avx.UnpackHigh(c, d);
        Vector256<float> ef = Avx.UnpackLow(e, f), fe = Avx.UnpackHigh(e, f), gh = Avx.UnpackLow(g, h), hg = Avx.UnpackHigh(g, h);
        (a, b, c, d) = (Low(ab, cd), High(ab, cd), Low(ba, dc), High(ba, dc));
        (e, f, g, h) = (Low(ef, gh), High(ef, gh), Low(fe, hg), High(fe, hg));
        (to[0], to[toStep], to[2 * toStep], to[3 * toStep]) = (Lower(a, e), Lower(b, f), Lower(c, g), Lower(d, h));
        (to[4 * toStep], to[5 * toStep], to[6 * toStep], to[7 * toStep]) = (Upper(a, e), Upper(b, f), Upper(c, g), Upper(d, h));
    }

    private static Vector256<float> Low(Vector256<float> one, Vector256<float> other) => Avx.Shuffle(one, other, 0b01_00_01_00);

    private static Vector256<float> High(Vector256<float> one, Vector256<float> other) => Avx.Shuffle(one, other, 0b11_10_11_10);

    private static Vector256<float> Lower(Vector256<float> one, Vector256<float> other) => Avx.Permute2x128(one, other, 0x20);

    private static Vector256<float> Upper(Vector256<float> one, Vector256<float> other) => Avx.Permute2x128(one, other, 0x31);

    private static void PlainTurn(ReadOnlySpan<Vector256<float>> from, int fromStep, Span<Vector256<float>> to, int toStep)
    {
        var source = MemoryMarshal.Cast<Vector256<float>, float>(from);
        var target = MemoryMarshal.Cast<Vector256<float>, float>(to);
        for (var i = 0; i < Rows; i++)
            for (var j = 0; j < Rows; j++)
                target[j * Rows * toStep + i] = source[i * Rows * fromStep + j];
    }
}
