using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>
/// Weighted mean cross-entropy of a softmax over linear scores, and its gradient. A block of rows is multiplied forward and backward
/// while it lies in the cache, so the features pass through memory once. Rows fall into <see cref="Chunks"/> parts whatever the number
/// of processors, and the parts are added in their order: the same bits with one thread or many. Products in float32, sums over parts in double.
/// </summary>
internal sealed class SoftmaxLoss
{
    private const int Chunks = 16, BlockRows = 32, Pair = 2;

    // Addition in one width or the other gives other last bits: decided once, by the machine alone.
    private static readonly bool IsWide = Vector512.IsHardwareAccelerated;

    private readonly FeatureMatrix _features;
    private readonly int[] _labels;
    private readonly double[] _weights;
    private readonly int _classes, _paddedClasses;
    private readonly ParallelOptions _threads;
    private readonly AlignedFloats _w; // padded classes × stride
    private readonly AlignedFloats[] _gradients; // by chunk: padded classes × stride
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
        _w = new AlignedFloats(_paddedClasses * features.Stride);
        _gradients = [.. Enumerable.Range(0, Chunks).Select(_ => new AlignedFloats(_paddedClasses * features.Stride))];
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
            VectorMath.ToFloats(parameters.AsSpan(k * width, width), _w.Span.Slice(k * stride, width));
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
                VectorMath.AddFloats(part.Span.Slice(k * stride, width), into);
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
            _gradients[chunk].Span.Clear();
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

    private void Forward(int row, int rows, Span<float> scores)
    {
        if (IsWide)
            HeadProducts<WideLanes, Vector512<float>>.Forward(_features.Values, row, rows, _features.Length, _features.Stride, _w, _paddedClasses, scores);
        else
            HeadProducts<UsualLanes, Vector<float>>.Forward(_features.Values, row, rows, _features.Length, _features.Stride, _w, _paddedClasses, scores);
    }

    private void Backward(int row, int rows, ReadOnlySpan<float> residuals, AlignedFloats gradient)
    {
        if (IsWide)
            HeadProducts<WideLanes, Vector512<float>>.Backward(_features.Values, row, rows, _features.Length, _features.Stride, residuals, _paddedClasses, gradient);
        else
            HeadProducts<UsualLanes, Vector<float>>.Backward(_features.Values, row, rows, _features.Length, _features.Stride, residuals, _paddedClasses, gradient);
    }

    /// <summary>Turns scores into weight × (probability − truth); gives the loss of the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
}
