using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Codecs;

/// <summary>JPEG 2000 (ISO 15444-1) by OpenJPEG, and high-throughput JPEG 2000 as far as it decodes it. For use in a process that may crash.</summary>
public sealed unsafe class OpenJpeg : IDisposable
{
    /// <summary>Where the library reads: it calls back with a pointer to this.</summary>
    private struct Source
    {
        public byte* Start;
        public long Length;
        public long Position;
    }

    private readonly GCHandle pinned;
    private readonly Source* source;
    private readonly nint codec;
    private readonly nint stream;
    private OpenJpegCalls.Image* image;

    [ThreadStatic]
    private static string? lastError;

    /// <summary>Reads the header.</summary>
    /// <exception cref="CodecException">Refused.</exception>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public OpenJpeg(byte[] codestream)
    {
        pinned = GCHandle.Alloc(codestream, GCHandleType.Pinned);
        source = (Source*)NativeMemory.AllocZeroed((nuint)sizeof(Source));
        source->Start = (byte*)pinned.AddrOfPinnedObject();
        source->Length = codestream.Length;
        try
        {
            var isBoxed = codestream.AsSpan().IndexOf("\x00\x00\x00\x0CjP  "u8) == 0;
            codec = OpenJpegCalls.Create(isBoxed ? OpenJpegCalls.Jp2 : OpenJpegCalls.Codestream);
            stream = OpenStream();
            lastError = null;
            _ = OpenJpegCalls.SetErrorHandler(codec, &OnError, null);
            var parameters = stackalloc byte[OpenJpegCalls.ParameterBytes];
            OpenJpegCalls.SetDefaults(parameters);
            Check(OpenJpegCalls.Setup(codec, parameters));
            OpenJpegCalls.Image* read = null;
            Check(OpenJpegCalls.ReadHeader(stream, codec, &read));
            image = read;
            Facts = FactsOf(image);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public CodestreamFacts Facts { get; }

    /// <summary>
    /// Decodes to interleaved samples of one byte, or two in machine order when they have more than 8 bits. Colour transforms of the
    /// codestream are undone.
    /// </summary>
    /// <exception cref="CodecException">Refused or damaged.</exception>
    public void Decode(Span<byte> target)
    {
        Check(OpenJpegCalls.Decode(codec, stream, image));
        var (pixels, samples, wide) = (Facts.Width * Facts.Height, Facts.Samples, Facts.Bits > 8);
        for (var c = 0; c < samples; c++)
        {
            var data = image->Components[c].Data;
            if (data == null || image->Components[c].Width != Facts.Width || image->Components[c].Height != Facts.Height)
                throw new CodecException("a component has no samples");
            if (wide)
            {
                var words = MemoryMarshal.Cast<byte, ushort>(target);
                for (var i = 0; i < pixels; i++)
                    words[i * samples + c] = (ushort)data[i];
            }
            else
            {
                for (var i = 0; i < pixels; i++)
                    target[i * samples + c] = (byte)data[i];
            }
        }
    }

    public void Dispose()
    {
        if (image != null)
            OpenJpegCalls.DestroyImage(image);
        image = null;
        if (stream != 0)
            OpenJpegCalls.DestroyStream(stream);
        if (codec != 0)
            OpenJpegCalls.DestroyCodec(codec);
        NativeMemory.Free(source);
        pinned.Free();
    }

    private nint OpenStream()
    {
        var opened = OpenJpegCalls.CreateStream(1);
        OpenJpegCalls.SetRead(opened, &Read);
        OpenJpegCalls.SetSkip(opened, &Skip);
        OpenJpegCalls.SetSeek(opened, &Seek);
        OpenJpegCalls.SetUserData(opened, source, null);
        OpenJpegCalls.SetLength(opened, (ulong)source->Length);
        return opened;
    }

    private static CodestreamFacts FactsOf(OpenJpegCalls.Image* image)
    {
        if (image->ComponentCount is < 1 or > 4)
            throw new CodecException($"{image->ComponentCount} components");
        var first = image->Components[0];
        for (var c = 1; c < image->ComponentCount; c++)
        {
            var other = image->Components[c];
            if (other.StepX != first.StepX || other.StepY != first.StepY || other.Precision != first.Precision || other.Signed != first.Signed)
                throw new CodecException("components that differ in size or bits");
        }

        return new((int)first.Width, (int)first.Height, (int)image->ComponentCount, (int)first.Precision, first.Signed != 0);
    }

    private static void Check(int succeeded)
    {
        if (succeeded == 0)
            throw new CodecException(lastError ?? "refused");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnError(byte* message, void* data) => lastError ??= Marshal.PtrToStringUTF8((nint)message)?.Trim();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Read(void* target, nuint wanted, void* data)
    {
        var from = (Source*)data;
        var count = (long)Math.Min(wanted, (nuint)Math.Max(0, from->Length - from->Position));
        if (count == 0)
            return OpenJpegCalls.EndOfStream;
        Buffer.MemoryCopy(from->Start + from->Position, target, count, count);
        from->Position += count;
        return (nuint)count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long Skip(long count, void* data)
    {
        var from = (Source*)data;
        if (count < 0 || from->Position >= from->Length)
            return -1;
        var skipped = Math.Min(count, from->Length - from->Position);
        from->Position += skipped;
        return skipped;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Seek(long position, void* data)
    {
        var from = (Source*)data;
        if (position < 0 || position > from->Length)
            return 0;
        from->Position = position;
        return 1;
    }
}
