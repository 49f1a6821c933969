using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Codecs;

/// <summary>JPEG-LS (ISO 14495-1) by CharLS. For use in a process that may crash.</summary>
public sealed unsafe class CharLs : IDisposable
{
    private readonly nint decoder;
    private readonly GCHandle pinned;
    private readonly bool planar;

    /// <summary>Reads the header.</summary>
    /// <exception cref="CodecException">Refused.</exception>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public CharLs(byte[] codestream)
    {
        decoder = CharLsCalls.Create();
        pinned = GCHandle.Alloc(codestream, GCHandleType.Pinned);
        try
        {
            Check(CharLsCalls.SetSource(decoder, (byte*)pinned.AddrOfPinnedObject(), (nuint)codestream.Length));
            Check(CharLsCalls.ReadHeader(decoder));
            CharLsCalls.FrameInfo info;
            Check(CharLsCalls.GetFrameInfo(decoder, &info));
            int interleave;
            Check(CharLsCalls.GetInterleave(decoder, &interleave));
            planar = info.ComponentCount > 1 && interleave == CharLsCalls.InterleaveNone;
            Facts = new((int)Math.Min(info.Width, int.MaxValue), (int)Math.Min(info.Height, int.MaxValue), info.ComponentCount, info.BitsPerSample, false);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public CodestreamFacts Facts { get; }

    /// <summary>The component samples come plane after plane, not interleaved.</summary>
    public bool IsPlanar => planar;

    /// <summary>Decodes samples of one byte, or two in machine order when they have more than 8 bits.</summary>
    /// <exception cref="CodecException">Refused or damaged.</exception>
    public void Decode(Span<byte> target)
    {
        fixed (byte* pixels = target)
            Check(CharLsCalls.Decode(decoder, pixels, (nuint)target.Length, 0));
    }

    public void Dispose()
    {
        CharLsCalls.Destroy(decoder);
        if (pinned.IsAllocated)
            pinned.Free();
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new CodecException(Marshal.PtrToStringUTF8((nint)CharLsCalls.ErrorMessage(error)) ?? $"error {error}");
    }
}
