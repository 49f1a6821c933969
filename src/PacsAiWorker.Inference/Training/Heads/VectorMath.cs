using System.Numerics;
using System.Runtime.CompilerServices;

namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>Sums and combinations of long vectors. Compiled in full at once: a training is over before loops would count as hot.</summary>
internal static class VectorMath
{
    private const MethodImplOptions AtOnce = MethodImplOptions.AggressiveOptimization;

    [MethodImpl(AtOnce)]
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector<double> even = default, odd = default;
        var i = 0;
        for (; i <= a.Length - 2 * Vector<double>.Count; i += 2 * Vector<double>.Count)
        {
            even = Vector.FusedMultiplyAdd(new Vector<double>(a[i..]), new Vector<double>(b[i..]), even);
            odd = Vector.FusedMultiplyAdd(new Vector<double>(a[(i + Vector<double>.Count)..]), new Vector<double>(b[(i + Vector<double>.Count)..]), odd);
        }
        var sum = Vector.Sum(even + odd);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>target = source × factor + other; target may be any of them.</summary>
    [MethodImpl(AtOnce)]
    public static void Combine(ReadOnlySpan<double> source, double factor, ReadOnlySpan<double> other, Span<double> target)
    {
        var factors = new Vector<double>(factor);
        var i = 0;
        for (; i <= target.Length - Vector<double>.Count; i += Vector<double>.Count)
            Vector.FusedMultiplyAdd(factors, new Vector<double>(source[i..]), new Vector<double>(other[i..])).CopyTo(target[i..]);
        for (; i < target.Length; i++)
            target[i] = Math.FusedMultiplyAdd(factor, source[i], other[i]);
    }

    /// <summary>target = source × factor.</summary>
    [MethodImpl(AtOnce)]
    public static void Scale(ReadOnlySpan<double> source, double factor, Span<double> target)
    {
        for (var i = 0; i < target.Length; i++)
            target[i] = source[i] * factor;
    }

    [MethodImpl(AtOnce)]
    public static double Largest(ReadOnlySpan<double> values)
    {
        var largest = 0.0;
        foreach (var value in values)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    [MethodImpl(AtOnce)]
    public static void ToFloats(ReadOnlySpan<double> from, Span<float> to)
    {
        for (var i = 0; i < from.Length; i++)
            to[i] = (float)from[i];
    }

    /// <summary>sums += values, widened.</summary>
    [MethodImpl(AtOnce)]
    public static void AddFloats(ReadOnlySpan<float> values, Span<double> sums)
    {
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out var low, out var high);
            (low + new Vector<double>(sums[i..])).CopyTo(sums[i..]);
            (high + new Vector<double>(sums[(i + Vector<double>.Count)..])).CopyTo(sums[(i + Vector<double>.Count)..]);
        }
        for (; i < values.Length; i++)
            sums[i] += values[i];
    }

    /// <summary>target = (values − means) ÷ deviations.</summary>
    [MethodImpl(AtOnce)]
    public static void Standardise(ReadOnlySpan<float> values, ReadOnlySpan<double> means, ReadOnlySpan<double> deviations, Span<float> target)
    {
        for (var i = 0; i < values.Length; i++)
            target[i] = (float)((values[i] - means[i]) / deviations[i]);
    }
}
