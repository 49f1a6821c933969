using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>Resizes in two passes, eight rows at a time.</summary>
/// <param name="source">The columns and rows that the taps use.</param>
/// <param name="across">Taps along rows.</param>
/// <param name="down">Taps along columns.</param>
/// <param name="target">Takes rows from top to bottom.</param>
/// <param name="scratch">Memory.</param>
internal readonly ref struct Resizer(PixelRows source, ResampleTaps across, ResampleTaps down, TensorRows target, PreprocessingScratch scratch)
{
    private readonly PixelRows source = source;
    private readonly TensorRows target = target;
    private readonly int stride = AcrossPass.Padded(across.Count);

    private int Channels => source.Channels;

    /// <summary>Vectors of eight target rows in all channels; also floats of one.</summary>
    private int BlockLength => Channels * stride;

    /// <summary>Columns first: the least work, for filters that cannot overshoot.</summary>
    public void DownThenAcross()
    {
        var rows = scratch.Rows(BlockLength);
        var levels = MemoryMarshal.Cast<Vector256<float>, float>(rows);
        for (var top = 0; top < down.Count; top += AcrossPass.Rows)
        {
            Across(Columns(top, down.Count, isTarget: true), rows, isClamped: false);
            for (var r = 0; r < Math.Min(AcrossPass.Rows, down.Count - top); r++)
                target.Write(top + r, levels[(r * stride)..], Channels, AcrossPass.Rows * stride);
        }
    }

    /// <summary>Rows first and cut off at 0 and 255 after either pass; the rows in reach of one target row are kept in a ring of blocks.</summary>
    public void AcrossThenDown()
    {
        var blocks = (down.Longest + 2 * (AcrossPass.Rows - 1)) / AcrossPass.Rows;
        var ring = scratch.Rows(blocks * BlockLength);
        var samples = MemoryMarshal.Cast<Vector256<float>, float>(ring);
        var line = scratch.Line(BlockLength);
        var made = 0;
        for (var y = 0; y < down.Count; y++)
        {
            var weights = down.Weights(y);
            for (; made * AcrossPass.Rows < down.First(y) + weights.Length; made++)
                MakeBlock(made, ring.Slice(made % blocks * BlockLength, BlockLength));
            line.Clear();
            for (var k = 0; k < weights.Length; k++)
            {
                var (block, row) = Math.DivRem(down.First(y) + k, AcrossPass.Rows);
                var from = samples[((block % blocks * Channels * AcrossPass.Rows + row) * stride)..];
                for (var c = 0; c < Channels; c++)
                    DownPass.Add(from.Slice(c * AcrossPass.Rows * stride, stride), weights[k], line.Slice(c * stride, stride));
            }
            AcrossPass.Clamp(MemoryMarshal.Cast<float, Vector256<float>>(line));
            target.Write(y, line, Channels, stride);
        }
    }

    /// <summary>Eight source rows, each resized along itself.</summary>
    private void MakeBlock(int number, Span<Vector256<float>> rows) =>
        Across(Columns(number * AcrossPass.Rows, down.Length, isTarget: false), rows, isClamped: true);

    /// <summary>Eight target rows made of source rows, or eight source rows as they are: a vector a sample.</summary>
    private ReadOnlySpan<Vector256<float>> Columns(int top, int end, bool isTarget)
    {
        var columns = scratch.Columns(Math.Max(source.Width, DownPass.Columns));
        var lines = scratch.Lines(DownPass.Columns);
        var values = MemoryMarshal.Cast<Vector256<float>, float>(lines);
        var count = Math.Min(AcrossPass.Rows, end - top);
        var last = source.Width - DownPass.Columns;
        for (var x = 0; ; x = Math.Min(x + DownPass.Columns, last)) // the last columns may be done twice
        {
            for (var r = 0; r < count; r++)
            {
                var row = isTarget ? down.First(top + r) : top + r;
                ReadOnlySpan<float> weights = isTarget ? down.Weights(top + r) : [1];
                DownPass.Sum(source.Samples[(row * source.Stride + x)..], source.Stride, weights, values.Slice(r * DownPass.Columns, Math.Min(DownPass.Columns, source.Width)));
            }
            AcrossPass.Turn(lines, DownPass.Columns / AcrossPass.Rows, isRows: true, columns[x..]);
            if (x >= last)
                return columns;
        }
    }

    /// <summary>A vector a sample to channels × eight rows × stride.</summary>
    private void Across(ReadOnlySpan<Vector256<float>> columns, Span<Vector256<float>> rows, bool isClamped)
    {
        var sums = scratch.Sums(BlockLength);
        AcrossPass.Sum(columns, Channels, across, sums);
        if (isClamped)
            AcrossPass.Clamp(sums);
        for (var c = 0; c < Channels; c++)
            AcrossPass.Turn(sums.Slice(c * stride, stride), stride / AcrossPass.Rows, isRows: false, rows.Slice(c * stride, stride));
    }
}
