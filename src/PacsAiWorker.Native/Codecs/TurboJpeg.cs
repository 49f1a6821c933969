using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Codecs;

/// <summary>JPEG of 8 bits, sequential and progressive, by libjpeg-turbo. For use in a process that may crash.</summary>
public static unsafe class TurboJpeg
{
    /// <summary>Decodes into a picture whose size the caller has read from the codestream.</summary>
    /// <param name="codestream">From SOI on; the colour transform is the library's reading of its markers.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="samples">1 grey or 3 red, green, blue.</param>
    /// <param name="target">Height × width × samples bytes, interleaved.</param>
    /// <exception cref="CodecException">Refused, or damaged so that part of the picture would be invented.</exception>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public static void Decode(ReadOnlySpan<byte> codestream, int width, int height, int samples, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, (long)width * height * samples);
        var handle = TurboJpegCalls.Init();
        if (handle == 0)
            throw new CodecException("libturbojpeg gives no decoder");
        try
        {
            var format = samples == 1 ? TurboJpegCalls.Grey : TurboJpegCalls.Rgb;
            fixed (byte* source = codestream)
            fixed (byte* pixels = target)
            {
                var outcome = TurboJpegCalls.Decompress(
                    handle, source, new CULong((nuint)codestream.Length), pixels, width, width * samples, height, format, 0);
                // A warning too: it is how the library says that the entropy-coded data went out of step.
                if (outcome != 0)
                    throw new CodecException(Message(handle));
            }
        }
        finally
        {
            _ = TurboJpegCalls.Destroy(handle);
        }
    }

    private static string Message(nint handle) => Marshal.PtrToStringUTF8((nint)TurboJpegCalls.Error(handle)) ?? "";
}
