namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>A rectangle of 8-bit samples in a picture.</summary>
/// <param name="samples">From its first sample on.</param>
/// <param name="stride">Samples from row to row.</param>
/// <param name="width">Samples of a row: columns × channels.</param>
/// <param name="channels">1, or 3 interleaved.</param>
internal readonly ref struct PixelRows(ReadOnlySpan<byte> samples, int stride, int width, int channels)
{
    public ReadOnlySpan<byte> Samples { get; } = samples;

    public int Stride => stride;

    public int Width => width;

    public int Channels => channels;
}
