using System.Buffers.Binary;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>RLE Lossless (PS3.5 annex G): one segment for each byte of each sample, the high byte first. Pure and bounded.</summary>
internal static class Rle
{
    private const int HeaderBytes = 64, MostSegments = 15;

    /// <summary>Decodes one frame.</summary>
    /// <param name="stream">The frame's fragments, joined.</param>
    /// <param name="pixels">Rows × columns.</param>
    /// <param name="samples">Samples per pixel.</param>
    /// <param name="bytes">Bytes of one sample.</param>
    /// <returns>Interleaved little-endian samples, pixels × samples × bytes long.</returns>
    /// <exception cref="CodestreamException">The header or a segment contradicts the frame.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> stream, int pixels, int samples, int bytes)
    {
        if (stream.Length < HeaderBytes)
            throw CodestreamException.Damaged("the RLE data is shorter than its header");
        var count = BinaryPrimitives.ReadUInt32LittleEndian(stream);
        if (count != samples * bytes || count > MostSegments)
            throw CodestreamException.Damaged($"the RLE data has {count} segments; {samples} samples of {bytes} bytes need {samples * bytes}");
        var decoded = new byte[(long)pixels * samples * bytes];
        for (var segment = 0; segment < count; segment++)
        {
            long start = Offset(stream, segment), end = segment + 1 < count ? Offset(stream, segment + 1) : stream.Length;
            if (start < HeaderBytes || end > stream.Length || start > end)
                throw CodestreamException.Damaged($"segment {segment + 1} of the RLE data does not lie inside it");
            int sample = segment / bytes, significance = bytes - 1 - segment % bytes;
            Segment(stream[(int)start..(int)end], decoded, sample * bytes + significance, samples * bytes, pixels);
        }

        return decoded;
    }

    private static uint Offset(ReadOnlySpan<byte> stream, int segment) => BinaryPrimitives.ReadUInt32LittleEndian(stream[(4 + 4 * segment)..]);

    /// <summary>PackBits: n in 0..127 copies n + 1 bytes, 129..255 repeats one byte 257 - n times, 128 does nothing.</summary>
    private static void Segment(ReadOnlySpan<byte> source, byte[] target, int first, int step, int pixels)
    {
        int at = 0, done = 0, place = first;
        while (done < pixels)
        {
            if (at >= source.Length)
                throw CodestreamException.Damaged($"a segment of the RLE data ends after {done} of {pixels} bytes");
            int control = source[at++];
            if (control == 128)
                continue;
            var run = control < 128 ? control + 1 : 257 - control;
            var given = control < 128 ? run : 1;
            if (run > pixels - done || given > source.Length - at)
                throw CodestreamException.Damaged("a run of the RLE data passes the end of its segment");
            for (var i = 0; i < run; i++, place += step)
                target[place] = source[control < 128 ? at + i : at];
            at += given;
            done += run;
        }
    }
}
