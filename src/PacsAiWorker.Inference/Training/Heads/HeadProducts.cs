using System.Runtime.CompilerServices;

namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>
/// The two matrix products of a head's loss, four rows and two classes at a time: as many sums as keep the multipliers busy. A stretch of
/// features at a time, so that the weights, or the gradient, of all classes stay in the first cache.
/// </summary>
/// <typeparam name="TLanes">Width of a register.</typeparam>
/// <typeparam name="T">A register.</typeparam>
internal static class HeadProducts<TLanes, T>
    where TLanes : struct, ILanes<T>
    where T : struct
{
    private const int Tile = 512, Pair = 2, Group = FeatureMatrix.RowGroup;

    /// <summary>scores[row, class] = features[row] · weights[class].</summary>
    /// <param name="features">Rows × stride.</param>
    /// <param name="first">First row; their number is a multiple of <see cref="FeatureMatrix.RowGroup"/>.</param>
    /// <param name="rows">So many.</param>
    /// <param name="length">Floats of a row that count, a multiple of the register.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="weights">Classes × stride.</param>
    /// <param name="classes">A multiple of two.</param>
    /// <param name="scores">Rows × classes; is written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // long before its loops count as hot, it is over
    public static void Forward(AlignedFloats features, int first, int rows, int length, int stride, AlignedFloats weights, int classes, Span<float> scores)
    {
        scores[..(rows * classes)].Clear();
        ref var x = ref features.First;
        ref var w = ref weights.First;
        var step = (nuint)stride;
        for (nuint tile = 0; tile < (nuint)length; tile += Tile)
        {
            var end = Math.Min((nuint)length, tile + Tile);
            for (var r = 0; r < rows; r += Group)
                for (var k = 0; k < classes; k += Pair)
                {
                    nuint x0 = (nuint)(first + r) * step, x1 = x0 + step, x2 = x1 + step, x3 = x2 + step;
                    nuint w0 = (nuint)k * step, w1 = w0 + step;
                    T a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
                    for (var j = tile; j < end; j += (nuint)TLanes.Count)
                    {
                        T u = TLanes.Load(ref w, w0 + j), v = TLanes.Load(ref w, w1 + j);
                        T p = TLanes.Load(ref x, x0 + j), q = TLanes.Load(ref x, x1 + j);
                        a0 = TLanes.MultiplyAdd(p, u, a0);
                        b0 = TLanes.MultiplyAdd(p, v, b0);
                        a1 = TLanes.MultiplyAdd(q, u, a1);
                        b1 = TLanes.MultiplyAdd(q, v, b1);
                        p = TLanes.Load(ref x, x2 + j);
                        q = TLanes.Load(ref x, x3 + j);
                        a2 = TLanes.MultiplyAdd(p, u, a2);
                        b2 = TLanes.MultiplyAdd(p, v, b2);
                        a3 = TLanes.MultiplyAdd(q, u, a3);
                        b3 = TLanes.MultiplyAdd(q, v, b3);
                    }
                    var at = r * classes + k;
                    scores[at] += TLanes.Sum(a0);
                    scores[at + 1] += TLanes.Sum(b0);
                    scores[at += classes] += TLanes.Sum(a1);
                    scores[at + 1] += TLanes.Sum(b1);
                    scores[at += classes] += TLanes.Sum(a2);
                    scores[at + 1] += TLanes.Sum(b2);
                    scores[at += classes] += TLanes.Sum(a3);
                    scores[at + 1] += TLanes.Sum(b3);
                }
        }
    }

    /// <summary>gradient[class] += residuals[row, class] × features[row].</summary>
    /// <param name="features">Rows × stride.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">So many.</param>
    /// <param name="length">Floats of a row that count.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="residuals">Rows × classes.</param>
    /// <param name="classes">A multiple of two.</param>
    /// <param name="gradient">Classes × stride.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(AlignedFloats features, int first, int rows, int length, int stride, ReadOnlySpan<float> residuals, int classes, AlignedFloats gradient)
    {
        ref var x = ref features.First;
        ref var g = ref gradient.First;
        var step = (nuint)stride;
        for (nuint tile = 0; tile < (nuint)length; tile += Tile)
        {
            var end = Math.Min((nuint)length, tile + Tile);
            for (var r = 0; r < rows; r += Group)
                for (var k = 0; k < classes; k += Pair)
                {
                    nuint x0 = (nuint)(first + r) * step, x1 = x0 + step, x2 = x1 + step, x3 = x2 + step;
                    nuint g0 = (nuint)k * step, g1 = g0 + step;
                    int d0 = r * classes + k, d1 = d0 + classes, d2 = d1 + classes, d3 = d2 + classes;
                    T a0 = TLanes.All(residuals[d0]), a1 = TLanes.All(residuals[d1]), a2 = TLanes.All(residuals[d2]), a3 = TLanes.All(residuals[d3]);
                    T b0 = TLanes.All(residuals[d0 + 1]), b1 = TLanes.All(residuals[d1 + 1]), b2 = TLanes.All(residuals[d2 + 1]), b3 = TLanes.All(residuals[d3 + 1]);
                    for (var j = tile; j < end; j += (nuint)TLanes.Count)
                    {
                        T p = TLanes.Load(ref x, x0 + j), q = TLanes.Load(ref x, x1 + j), s = TLanes.Load(ref x, x2 + j), t = TLanes.Load(ref x, x3 + j);
                        T u = TLanes.Load(ref g, g0 + j), v = TLanes.Load(ref g, g1 + j);
                        u = TLanes.MultiplyAdd(a0, p, u);
                        v = TLanes.MultiplyAdd(b0, p, v);
                        u = TLanes.MultiplyAdd(a1, q, u);
                        v = TLanes.MultiplyAdd(b1, q, v);
                        u = TLanes.MultiplyAdd(a2, s, u);
                        v = TLanes.MultiplyAdd(b2, s, v);
                        u = TLanes.MultiplyAdd(a3, t, u);
                        v = TLanes.MultiplyAdd(b3, t, v);
                        TLanes.Store(u, ref g, g0 + j);
                        TLanes.Store(v, ref g, g1 + j);
                    }
                }
        }
    }
}
