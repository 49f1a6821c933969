using System.Numerics;
using System.Runtime.InteropServices;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>Writes resized rows into a tensor: order and normalisation of channels, layout, padding.</summary>
internal readonly ref struct TensorRows(Span<float> tensor, PreprocessingRule rule, AxisPlacement across, AxisPlacement down)
{
    private readonly Span<float> tensor = tensor;

    /// <summary>What no row or only a part of it reaches gets the rule's grey level.</summary>
    public void Pad()
    {
        if (across.Count == rule.Width && down.Count == rule.Height)
            return;
        for (var c = 0; c < rule.Channels; c++)
        {
            var (factor, offset) = Normal(c);
            var level = (float)rule.Pad * factor + offset;
            if (rule.Layout == TensorLayout.Nchw)
                tensor.Slice(c * rule.Width * rule.Height, rule.Width * rule.Height).Fill(level);
            else
                for (var i = c; i < tensor.Length; i += rule.Channels)
                    tensor[i] = level;
        }
    }

    /// <param name="y">Row, counted from the first that is kept.</param>
    /// <param name="samples">Grey levels: one row, or red, green and blue rows.</param>
    /// <param name="channels">Rows there are: 1 or 3.</param>
    /// <param name="stride">Samples from the first of a row to the first of the next.</param>
    public void Write(int y, ReadOnlySpan<float> samples, int channels, int stride)
    {
        for (var c = 0; c < rule.Channels; c++)
        {
            var from = channels == 1 ? 0 : rule.Colour == ColourRule.Bgr ? 2 - c : c;
            var row = samples.Slice(from * stride, across.Count);
            var (factor, offset) = Normal(c);
            if (rule.Layout == TensorLayout.Nchw)
                Dense(row, factor, offset, tensor.Slice((c * rule.Height + down.Offset + y) * rule.Width + across.Offset, row.Length));
            else
                Sparse(row, factor, offset, tensor[(((down.Offset + y) * rule.Width + across.Offset) * rule.Channels + c)..], rule.Channels);
        }
    }

    private (float Factor, float Offset) Normal(int channel) =>
        ((float)(rule.Scale / rule.Std[channel]), (float)(-rule.Mean[channel] / rule.Std[channel]));

    private static void Dense(ReadOnlySpan<float> row, float factor, float offset, Span<float> target)
    {
        var sources = MemoryMarshal.Cast<float, Vector<float>>(row);
        var targets = MemoryMarshal.Cast<float, Vector<float>>(target)[..sources.Length];
        var offsets = new Vector<float>(offset);
        for (var i = 0; i < sources.Length; i++)
            targets[i] = sources[i] * factor + offsets;
        for (var x = sources.Length * Vector<float>.Count; x < row.Length; x++)
            target[x] = row[x] * factor + offset;
    }

    private static void Sparse(ReadOnlySpan<float> row, float factor, float offset, Span<float> target, int step)
    {
        for (int x = 0, to = 0; x < row.Length; x++, to += step)
            target[to] = row[x] * factor + offset;
    }
}
