using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>
/// One row out of several, column by column: the sum of weight × sample in the order of the rows, product and sum rounded apart (no
/// fused operation), so that every machine gives the same bits.
/// </summary>
internal static class DownPass
{
    /// <summary>Columns done together.</summary>
    public const int Columns = 32;

    /// <param name="samples">From the first sample of the first row on.</param>
    /// <param name="stride">Samples from row to row.</param>
    /// <param name="weights">One a row.</param>
    /// <param name="line">One sum a column, at most <see cref="Columns"/>.</param>
    public static void Sum(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<float> weights, Span<float> line)
    {
        if (line.Length == Columns)
            Block(samples, stride, weights, line);
        else
            Plain(samples, stride, weights, line);
    }

    /// <param name="row">Samples.</param>
    /// <param name="weight">Of this row.</param>
    /// <param name="line">The sum so far; as long as the row.</param>
    public static void Add(ReadOnlySpan<float> row, float weight, Span<float> line)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(line);
        var values = MemoryMarshal.Cast<float, Vector<float>>(row)[..sums.Length];
        for (var i = 0; i < sums.Length; i++)
            sums[i] += values[i] * weight;
        for (var x = sums.Length * Vector<float>.Count; x < line.Length; x++)
            line[x] += row[x] * weight;
    }

    private static void Block(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<float> weights, Span<float> line)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        for (var k = 0; k < weights.Length; k++)
        {
            var weight = weights[k];
            var (low, high) = Vector256.Widen(Vector256.Create(samples.Slice(k * stride, Columns)));
            var (first, second) = Vector256.Widen(low);
            var (third, fourth) = Vector256.Widen(high);
            a += Vector256.ConvertToSingle(first.AsInt32()) * weight;
            b += Vector256.ConvertToSingle(second.AsInt32()) * weight;
            c += Vector256.ConvertToSingle(third.AsInt32()) * weight;
            d += Vector256.ConvertToSingle(fourth.AsInt32()) * weight;
        }
        var sums = MemoryMarshal.Cast<float, Vector256<float>>(line);
        (sums[0], sums[1], sums[2], sums[3]) = (a, b, c, d);
    }

    private static void Plain(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<float> weights, Span<float> line)
    {
        line.Clear();
        for (var k = 0; k < weights.Length; k++)
            for (var x = 0; x < line.Length; x++)
                line[x] += weights[k] * samples[k * stride + x];
    }
}
