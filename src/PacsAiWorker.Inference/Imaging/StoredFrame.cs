namespace PacsAiWorker.Inference.Imaging;

/// <summary>What the three samples of a pixel are.</summary>
internal enum SampleColour : byte
{
    /// <summary>What Photometric Interpretation says.</summary>
    AsTagged,

    /// <summary>Red, green, blue, whatever the header says.</summary>
    Rgb,

    /// <summary>Luminance and colour differences in the full range of BT.601, whatever the header says.</summary>
    YbrFull,
}

/// <summary>A frame's samples, decompressed but not yet interpreted.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Samples">Per pixel.</param>
/// <param name="SampleBytes">1, or 2 in little-endian order.</param>
/// <param name="Bits">Bits of a sample that count.</param>
/// <param name="Colour">What the samples are.</param>
/// <param name="Data">Height × width × samples × bytes, interleaved.</param>
/// <param name="Lease">Gives the memory back; null for ordinary memory.</param>
internal sealed record StoredFrame(
    int Width, int Height, int Samples, int SampleBytes, int Bits, SampleColour Colour, ReadOnlyMemory<byte> Data, IDisposable? Lease = null)
    : IDisposable
{
    public void Dispose() => Lease?.Dispose();
}
