using System.Numerics;
using System.Runtime.InteropServices;

namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>
/// Weighted mean cross-entropy of a softmax over linear scores, and its gradient. A block of rows is multiplied forward and backward
/// while it lies in the cache, so the features pass through memory once. Rows fall into <see cref="Chunks"/> parts whatever the number
/// of processors, and the parts are added in their order: the same bits with one thread or many. Products in float32, sums over parts in double.
/// </summary>
internal sealed class SoftmaxLoss
{
    private const int Chunks = 16, BlockRows = 32, TileFloats = 512, Pair = 2, Group = FeatureMatrix.RowGroup;

    private readonly FeatureMatrix _features;
    private readonly int[] _labels;
    private readonly double[] _weights;
    private readonly int _classes, _paddedClasses;
    private readonly ParallelOptions _threads;
    private readonly float[] _w; // padded classes × stride
    private readonly float[][] _gradients; // by chunk: padded classes × stride
    private readonly double[][] _biasGradients; // by chunk: one a class
    private readonly double[] _losses; // by chunk

    /// <param name="features">Cases × features.</param>
    /// <param name="labels">Class of each case, from 0.</param>
    /// <param name="weights">Of each case; they count as shares of their sum.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="threads">At most so many; the result does not depend on it.</param>
    public SoftmaxLoss(FeatureMatrix features, int[] labels, double[] weights, int classes, int threads)
    {
        var total = weights.Sum();
        (_features, _labels, _classes) = (features, labels, classes);
        _weights = [.. weights.Select(w => w / total)];
        _paddedClasses = (classes + Pair - 1) / Pair * Pair;
        _threads = new ParallelOptions { MaxDegreeOfParallelism = threads };
        _w = new float[_paddedClasses * features.Stride];
        _gradients = [.. Enumerable.Range(0, Chunks).Select(_ => new float[_paddedClasses * features.Stride])];
        _biasGradients = [.. Enumerable.Range(0, Chunks).Select(_ => new double[classes])];
        _losses = new double[Chunks];
    }

    /// <summary>Weights of all classes, then one constant a class.</summary>
    public int Length => _classes * _features.Width + _classes;

    /// <summary>The loss.</summary>
    /// <param name="parameters">Classes × features, row by row, then the constants.</param>
    /// <param name="gradient">Is written; empty: not wanted.</param>
    public double At(double[] parameters, double[] gradient)
    {
        int width = _features.Width, stride = _features.Stride;
        for (var k = 0; k < _classes; k++)
            for (var j = 0; j < width; j++)
                _w[k * stride + j] = (float)parameters[k * width + j];
        var bias = parameters.AsMemory(_classes * width);
        var wanted = gradient.Length > 0;
        Parallel.For(0, Chunks, _threads, chunk => Chunk(chunk, bias.Span, wanted));
        if (wanted)
            Add(gradient);
        return _losses.Sum();
    }

    private void Add(double[] gradient)
    {
        int width = _features.Width, stride = _features.Stride;
        Parallel.For(0, _classes, _threads, k =>
        {
            var into = gradient.AsSpan(k * width, width);
            into.Clear();
            foreach (var part in _gradients)
            {
                var from = part.AsSpan(k * stride, width);
                for (var j = 0; j < from.Length; j++)
                    into[j] += from[j];
            }
            gradient[_classes * width + k] = _biasGradients.Sum(part => part[k]);
        });
    }

    private void Chunk(int chunk, ReadOnlySpan<double> bias, bool wanted)
    {
        var blocks = (_features.PaddedRows + BlockRows - 1) / BlockRows;
        int first = (int)((long)blocks * chunk / Chunks), end = (int)((long)blocks * (chunk + 1) / Chunks);
        _losses[chunk] = 0;
        Array.Clear(_biasGradients[chunk]);
        if (wanted)
            Array.Clear(_gradients[chunk]);
        Span<float> scores = new float[BlockRows * _paddedClasses];
        for (var block = first; block < end; block++)
        {
            var row = block * BlockRows;
            var rows = Math.Min(BlockRows, _features.PaddedRows - row);
            Forward(row, rows, scores);
            _losses[chunk] += Residuals(row, rows, bias, scores, _biasGradients[chunk]);
            if (wanted)
                Backward(row, rows, scores, _gradients[chunk]);
        }
    }

    /// <summary>scores[row, class] = features[row] · w[class].</summary>
    private void Forward(int firstRow, int rows, Span<float> scores)
    {
        var stride = _features.Stride;
        ref var x = ref MemoryMarshal.GetArrayDataReference(_features.Values);
        ref var w = ref MemoryMarshal.GetArrayDataReference(_w);
        for (var r = 0; r < rows; r += Group)
            for (var k = 0; k < _paddedClasses; k += Pair)
            {
                nuint x0 = (nuint)(firstRow + r) * (nuint)stride, x1 = x0 + (nuint)stride, x2 = x1 + (nuint)stride, x3 = x2 + (nuint)stride;
                nuint w0 = (nuint)k * (nuint)stride, w1 = w0 + (nuint)stride;
                Vector<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
                for (nuint j = 0; j < (nuint)stride; j += (nuint)Vector<float>.Count)
                {
                    Vector<float> u = Vector.LoadUnsafe(ref w, w0 + j), v = Vector.LoadUnsafe(ref w, w1 + j);
                    Vector<float> p = Vector.LoadUnsafe(ref x, x0 + j), q = Vector.LoadUnsafe(ref x, x1 + j);
                    a0 = Vector.FusedMultiplyAdd(p, u, a0);
                    b0 = Vector.FusedMultiplyAdd(p, v, b0);
                    a1 = Vector.FusedMultiplyAdd(q, u, a1);
                    b1 = Vector.FusedMultiplyAdd(q, v, b1);
                    p = Vector.LoadUnsafe(ref x, x2 + j);
                    q = Vector.LoadUnsafe(ref x, x3 + j);
                    a2 = Vector.FusedMultiplyAdd(p, u, a2);
                    b2 = Vector.FusedMultiplyAdd(p, v, b2);
                    a3 = Vector.FusedMultiplyAdd(q, u, a3);
                    b3 = Vector.FusedMultiplyAdd(q, v, b3);
                }
                var at = r * _paddedClasses + k;
                (scores[at], scores[at + 1]) = (Vector.Sum(a0), Vector.Sum(b0));
                at += _paddedClasses;
                (scores[at], scores[at + 1]) = (Vector.Sum(a1), Vector.Sum(b1));
                at += _paddedClasses;
                (scores[at], scores[at + 1]) = (Vector.Sum(a2), Vector.Sum(b2));
                at += _paddedClasses;
                (scores[at], scores[at + 1]) = (Vector.Sum(a3), Vector.Sum(b3));
            }
    }

    /// <summary>Turns scores into weight × (probability − truth); gives the loss of the rows.</summary>
    private double Residuals(int firstRow, int rows, ReadOnlySpan<double> bias, Span<float> scores, double[] biasGradient)
    {
        var loss = 0.0;
        Span<double> powers = stackalloc double[_classes];
        for (var r = 0; r < rows; r++)
        {
            var row = scores.Slice(r * _paddedClasses, _paddedClasses);
            if (firstRow + r >= _features.Rows)
            {
                row.Clear();
                continue;
            }
            var highest = double.NegativeInfinity;
            for (var k = 0; k < _classes; k++)
                highest = Math.Max(highest, powers[k] = row[k] + bias[k]);
            var label = _labels[firstRow + r];
            double own = powers[label] - highest, sum = 0, weight = _weights[firstRow + r];
            for (var k = 0; k < _classes; k++)
                sum += powers[k] = Math.Exp(powers[k] - highest);
            loss += weight * (Math.Log(sum) - own);
            for (var k = 0; k < _classes; k++)
            {
                var residual = weight * (powers[k] / sum - (k == label ? 1 : 0));
                biasGradient[k] += residual;
                row[k] = (float)residual;
            }
            row[_classes..].Clear();
        }
        return loss;
    }

    /// <summary>gradient[class] += residuals[row, class] × features[row], a stretch of features at a time: it stays in the first cache.</summary>
    private void Backward(int firstRow, int rows, ReadOnlySpan<float> residuals, float[] gradient)
    {
        var stride = _features.Stride;
        ref var x = ref MemoryMarshal.GetArrayDataReference(_features.Values);
        ref var g = ref MemoryMarshal.GetArrayDataReference(gradient);
        for (var tile = 0; tile < stride; tile += TileFloats)
        {
            var end = (nuint)Math.Min(stride, tile + TileFloats);
            for (var r = 0; r < rows; r += Group)
                for (var k = 0; k < _paddedClasses; k += Pair)
                {
                    nuint x0 = (nuint)(firstRow + r) * (nuint)stride, x1 = x0 + (nuint)stride, x2 = x1 + (nuint)stride, x3 = x2 + (nuint)stride;
                    nuint g0 = (nuint)k * (nuint)stride, g1 = g0 + (nuint)stride;
                    int d0 = r * _paddedClasses + k, d1 = d0 + _paddedClasses, d2 = d1 + _paddedClasses, d3 = d2 + _paddedClasses;
                    Vector<float> a0 = new(residuals[d0]), a1 = new(residuals[d1]), a2 = new(residuals[d2]), a3 = new(residuals[d3]);
                    Vector<float> b0 = new(residuals[d0 + 1]), b1 = new(residuals[d1 + 1]), b2 = new(residuals[d2 + 1]), b3 = new(residuals[d3 + 1]);
                    for (var j = (nuint)tile; j < end; j += (nuint)Vector<float>.Count)
                    {
                        Vector<float> p = Vector.LoadUnsafe(ref x, x0 + j), q = Vector.LoadUnsafe(ref x, x1 + j);
                        Vector<float> s = Vector.LoadUnsafe(ref x, x2 + j), t = Vector.LoadUnsafe(ref x, x3 + j);
                        Vector<float> u = Vector.LoadUnsafe(ref g, g0 + j), v = Vector.LoadUnsafe(ref g, g1 + j);
                        u = Vector.FusedMultiplyAdd(a0, p, u);
                        v = Vector.FusedMultiplyAdd(b0, p, v);
                        u = Vector.FusedMultiplyAdd(a1, q, u);
                        v = Vector.FusedMultiplyAdd(b1, q, v);
                        u = Vector.FusedMultiplyAdd(a2, s, u);
                        v = Vector.FusedMultiplyAdd(b2, s, v);
                        u = Vector.FusedMultiplyAdd(a3, t, u);
                        v = Vector.FusedMultiplyAdd(b3, t, v);
                        u.StoreUnsafe(ref g, g0 + j);
                        v.StoreUnsafe(ref g, g1 + j);
                    }
                }
        }
    }
}
