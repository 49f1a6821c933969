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
    private readonly int tables = AcrossPass.Padded(source.Width) / AcrossPass.Rows;
    private readonly int stride = AcrossPass.Padded(across.Count);

    private int Channels => source.Channels;

    /// <summary>Vectors of eight target rows in all channels; also floats of one.</summary>
    private int BlockLength => Channels * stride;

    /// <summary>Columns first: the least work, for filters that cannot overshoot.</summary>
    public void DownThenAcross()
    {
        var lines = scratch.Lines(AcrossPass.Rows * tables);
        var rows = scratch.Rows(BlockLength);
        for (var top = 0; top < down.Count; top += AcrossPass.Rows)
        {
            var count = Math.Min(AcrossPass.Rows, down.Count - top);
            for (var r = 0; r < count; r++)
                DownPass.Sum(source.Samples[(down.First(top + r) * source.Stride)..], source.Stride, down.Weights(top + r), Line(lines, r));
            Across(lines, rows, isClamped: false);
            for (var r = 0; r < count; r++)
                target.Write(top + r, MemoryMarshal.Cast<Vector256<float>, float>(rows)[(r * stride)..], Channels, AcrossPass.Rows * stride);
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
    private void MakeBlock(int number, Span<Vector256<float>> rows)
    {
        var lines = scratch.Lines(AcrossPass.Rows * tables);
        var top = number * AcrossPass.Rows;
        for (var r = 0; r < Math.Min(AcrossPass.Rows, down.Length - top); r++)
            DownPass.Sum(source.Samples[((top + r) * source.Stride)..], source.Stride, [1], Line(lines, r));
        Across(lines, rows, isClamped: true);
    }

    /// <summary>Eight lines to channels × eight rows × stride.</summary>
    private void Across(ReadOnlySpan<Vector256<float>> lines, Span<Vector256<float>> rows, bool isClamped)
    {
        var columns = scratch.Columns(AcrossPass.Rows * tables);
        AcrossPass.Turn(lines, tables, isRows: true, columns);
        var sums = scratch.Sums(BlockLength);
        AcrossPass.Sum(columns, Channels, across, sums);
        if (isClamped)
            AcrossPass.Clamp(sums);
        for (var c = 0; c < Channels; c++)
            AcrossPass.Turn(sums.Slice(c * stride, stride), stride / AcrossPass.Rows, isRows: false, rows.Slice(c * stride, stride));
    }

    private Span<float> Line(Span<Vector256<float>> lines, int row) =>
        MemoryMarshal.Cast<Vector256<float>, float>(lines.Slice(row * tables, tables))[..source.Width];
}
