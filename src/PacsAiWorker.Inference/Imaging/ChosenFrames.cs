namespace PacsAiWorker.Inference.Imaging;

/// <summary>A frame that models score.</summary>
/// <param name="Number">0 for a single-frame object, else from 1.</param>
/// <param name="Image">The picture.</param>
internal sealed record ChosenFrame(int Number, RasterImage Image);

/// <summary>The frames of an object that models score.</summary>
/// <param name="Frames">At least one.</param>
/// <param name="Missing">What could not be read of a clip, one sentence; null when all was.</param>
internal sealed record ChosenFrames(IReadOnlyList<ChosenFrame> Frames, string? Missing)
{
    /// <summary>A clip of which less can be read is damaged, not scored.</summary>
    private const double LeastShare = 0.5;

    /// <summary>Decodes the one frame of a still, or the chosen frames of a clip without those that repeat their predecessor.</summary>
    public static FrameResult<ChosenFrames> Read(FrameSource source, CancellationToken cancellation)
    {
        if (source is { Frames: 1, Header.Frames: 1 })
        {
            var still = source.Read(0, cancellation);
            return still.Value is { } image
                ? new ChosenFrames([new(0, image)], null)
                : FrameResult<ChosenFrames>.No(still.Reason!.Value, still.Detail!);
        }

        // Chosen from what was announced, so that what is missing at the end shows; from what is there where the number is unknown.
        var wanted = CineSelection.Choose(Math.Max(source.Header.Frames, source.Frames), (long)source.Header.Rows * source.Header.Columns);
        var there = wanted.Where(f => f < source.Frames).ToList();
        var kept = new List<ChosenFrame>();
        var read = 0;
        FrameResult<RasterImage>? failed = null;
        var last = source.Header.Frames - 1;
        foreach (var (frame, result) in source.ReadMany(source.Coding == PixelCoding.Video && !there.Contains(last) ? [.. there, last] : there, cancellation))
        {
            if (!wanted.Contains(frame))
            {
                // Of a video the last frame shows whether all were counted.
                result.Value?.Dispose();
                failed ??= result.Value is null ? FrameResult<RasterImage>.Corrupt("the video has fewer frames than announced, so their numbers are not sure") : null;
                continue;
            }

            if (result.Value is not { } image)
            {
                failed ??= result;
                continue;
            }

            read++;
            if (kept.Count > 0 && CineSelection.IsNearDuplicate(kept[^1].Image, image))
                image.Dispose();
            else
                kept.Add(new(frame + 1, image.Detached()));
        }

        return Judged(source, kept, read, wanted.Count, failed);
    }

    private static FrameResult<ChosenFrames> Judged(FrameSource source, List<ChosenFrame> kept, int read, int wanted, FrameResult<RasterImage>? failed)
    {
        if (read == wanted && failed is null && source.Frames >= source.Header.Frames)
            return new ChosenFrames(kept, null);
        var shortage = source.Frames < source.Header.Frames ? $"{source.Frames} of {source.Header.Frames} announced frames are there" : null;
        var missing = $"{read} of {wanted} chosen frames could be read: {failed?.Detail ?? shortage}";
        return read >= Math.Max(1, LeastShare * wanted)
            ? new ChosenFrames(kept, missing)
            : FrameResult<ChosenFrames>.No(read == 0 && failed is not null ? failed.Reason!.Value : NotScoredReason.Corrupt, missing);
    }
}
