using System.Buffers;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>A picture to look at, 8 bit. It may lie in a decoding process' memory: dispose of it when it was used.</summary>
/// <param name="width">Columns.</param>
/// <param name="height">Rows.</param>
/// <param name="channels">1 grey (0 black) or 3 red, green, blue.</param>
/// <param name="pixels">Height × width × channels, interleaved, row by row.</param>
/// <param name="lease">Gives the memory back: a decoding process', or that of a pool; null for ordinary memory.</param>
public sealed class RasterImage(int width, int height, int channels, ReadOnlyMemory<byte> pixels, IDisposable? lease = null) : IDisposable
{
    public int Width => width;

    public int Height => height;

    public int Channels => channels;

    /// <summary>Height × width × channels, interleaved, row by row.</summary>
    public ReadOnlySpan<byte> Pixels => pixels.Span;

    /// <summary>The same picture in memory of this process; this one is disposed of.</summary>
    public RasterImage Detached()
    {
        if (lease is null or IMemoryOwner<byte>)
            return this;
        var copy = new RasterImage(width, height, channels, pixels.ToArray());
        Dispose();
        return copy;
    }

    /// <summary>A part of the picture in ordinary memory. Nothing outside the part is in it.</summary>
    public RasterImage Cropped(Crop crop)
    {
        var part = new byte[crop.Width * crop.Height * channels];
        for (var y = 0; y < crop.Height; y++)
            Pixels.Slice(((crop.Y0 + y) * width + crop.X0) * channels, crop.Width * channels).CopyTo(part.AsSpan(y * crop.Width * channels));
        return new RasterImage(crop.Width, crop.Height, channels, part);
    }

    public void Dispose() => lease?.Dispose();
}
