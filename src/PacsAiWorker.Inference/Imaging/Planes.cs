namespace PacsAiWorker.Inference.Imaging;

/// <summary>Orders of samples (PS3.3 C.7.6.3.1.3) and of bytes (PS3.5 7.3).</summary>
internal static class Planes
{
    /// <summary>Plane after plane to pixel after pixel.</summary>
    public static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels, int samples, int sampleBytes)
    {
        var plane = planes.Length / samples;
        for (var s = 0; s < samples; s++)
        {
            var source = planes.Slice(s * plane, plane);
            for (int from = 0, to = s * sampleBytes; from < plane; from += sampleBytes, to += samples * sampleBytes)
                source.Slice(from, sampleBytes).CopyTo(pixels[to..]);
        }
    }

    /// <summary>Big-endian words to little-endian ones, in place.</summary>
    public static void SwapWords(Span<byte> bytes)
    {
        for (var i = 0; i + 1 < bytes.Length; i += 2)
            (bytes[i], bytes[i + 1]) = (bytes[i + 1], bytes[i]);
    }
}
