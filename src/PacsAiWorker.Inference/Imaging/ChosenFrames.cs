namespace PacsAiWorker.Inference.Imaging;

/// <summary>A frame that models score.</summary>
/// <param name="Number">0 for a single-frame object, else from 1.</param>
/// <param name="Image">The picture.</param>
internal sealed record ChosenFrame(int Number, RasterImage Image);

/// <summary>Decodes the one frame of a still, or the chosen frames of a clip without those that repeat their predecessor.</summary>
internal static class ChosenFrames
{
    /// <summary>The frames, at least one; or why the first of them cannot be had. A clip's later frames that fail are left out.</summary>
    public static FrameResult<IReadOnlyList<ChosenFrame>> Read(FrameSource source, CancellationToken cancellation)
    {
        if (source is { Frames: 1, Header.Frames: 1 })
        {
            var still = source.Read(0, cancellation);
            return still.Value is { } image
                ? new FrameResult<IReadOnlyList<ChosenFrame>>([new(0, image)], null, null)
                : FrameResult<IReadOnlyList<ChosenFrame>>.No(still.Reason!.Value, still.Detail!);
        }

        var kept = new List<ChosenFrame>();
        FrameResult<RasterImage>? failed = null;
        foreach (var (frame, result) in source.ReadMany(CineSelection.Choose(source.Frames, (long)source.Header.Rows * source.Header.Columns), cancellation))
        {
            if (result.Value is not { } image)
                failed ??= result;
            else if (kept.Count > 0 && CineSelection.IsNearDuplicate(kept[^1].Image, image))
                image.Dispose();
            else
                kept.Add(new(frame + 1, image.Detached()));
        }

        return kept.Count > 0
            ? new FrameResult<IReadOnlyList<ChosenFrame>>(kept, null, null)
            : FrameResult<IReadOnlyList<ChosenFrame>>.No(failed!.Reason!.Value, failed.Detail!);
    }
}
