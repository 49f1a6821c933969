using System.Buffers;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>Uncompressed frames in every order the standard allows, to interleaved little-endian samples.</summary>
internal static class NativeFrames
{
    /// <param name="file">The file.</param>
    /// <param name="header">Checked before.</param>
    /// <param name="frame">From 0.</param>
    public static FrameResult<StoredFrame> Read(Part10File file, FrameHeader header, int frame)
    {
        // Borrowed: a frame is larger than what the collector moves, and thousands come a minute.
        var lease = MemoryPool<byte>.Shared.Rent(checked((int)header.FrameBytes));
        var stored = lease.Memory[..checked((int)header.FrameBytes)];
        var got = file.BigEndian && (header.SampleBytes == 2 || file.PixelDataVr == Vr.OW)
            ? ReadWords(file, frame * header.FrameBytes, stored.Span)
            : file.ReadPixelBytes(frame * header.FrameBytes, stored.Span);
        if (got == stored.Length && !header.IsHalfColour && !(header.Planar && header.Samples > 1))
            return Frame(header, stored, lease);
        using (lease)
            return got < stored.Length ? FrameResult<StoredFrame>.Corrupt($"the file ends {stored.Length - got} bytes before its pixel data does")
                : Frame(header, header.IsHalfColour ? Doubled(stored.Span) : Interleaved(stored.Span, header), null);
    }

    private static StoredFrame Frame(FrameHeader header, ReadOnlyMemory<byte> samples, IDisposable? lease) =>
        new(header.Columns, header.Rows, header.Samples, header.SampleBytes, header.BitsStored, SampleColour.AsTagged, samples, lease);

    /// <summary>Words count from the beginning of the pixel data, and a frame of bytes may begin or end inside one.</summary>
    private static int ReadWords(Part10File file, long offset, Span<byte> frame)
    {
        var before = (int)(offset % 2);
        var words = new byte[(before + frame.Length + 1) / 2 * 2];
        var got = file.ReadPixelBytes(offset - before, words) - before;
        Planes.SwapWords(words);
        words.AsSpan(before, frame.Length).CopyTo(frame);
        return Math.Min(got, frame.Length);
    }

    private static byte[] Interleaved(ReadOnlySpan<byte> planes, FrameHeader header)
    {
        var pixels = new byte[planes.Length];
        Planes.Interleave(planes, pixels, header.Samples, header.SampleBytes);
        return pixels;
    }

    /// <summary>Y0 Y1 Cb Cr to Y0 Cb Cr Y1 Cb Cr: two pixels share their colour.</summary>
    private static byte[] Doubled(ReadOnlySpan<byte> stored)
    {
        var pixels = new byte[stored.Length / 4 * 6];
        for (int from = 0, to = 0; from + 3 < stored.Length; from += 4, to += 6)
        {
            (pixels[to], pixels[to + 1], pixels[to + 2]) = (stored[from], stored[from + 2], stored[from + 3]);
            (pixels[to + 3], pixels[to + 4], pixels[to + 5]) = (stored[from + 1], stored[from + 2], stored[from + 3]);
        }

        return pixels;
    }
}
