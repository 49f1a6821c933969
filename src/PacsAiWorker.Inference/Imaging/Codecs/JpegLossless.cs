using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>
/// Lossless JPEG, SOF3 (ISO 10918-1 annex H): Huffman coding, predictors 1 to 7, point transform, restart intervals, one scan for all
/// components or one each. No subsampling. Pure; damage ends in a <see cref="CodestreamException"/>, never in a read past the data.
/// </summary>
internal sealed class JpegLossless
{
    private const byte RestartInterval = 0xDD, HuffmanTables = 0xC4, StartOfScan = 0xDA;
    private readonly JpegHeader header;
    private readonly HuffmanTable?[] tables = new HuffmanTable?[4];
    private int restartInterval;

    private JpegLossless(JpegHeader header) => this.header = header;

    /// <summary>Decodes to interleaved samples of one byte, or two in machine order when they have more than 8 bits.</summary>
    /// <param name="stream">From SOI on.</param>
    /// <param name="header">Of the same stream, with process SOF3.</param>
    /// <param name="target">Height × width × components samples.</param>
    public static void Decode(ReadOnlySpan<byte> stream, JpegHeader header, Span<byte> target)
    {
        if (header.IsSubsampled)
            throw CodestreamException.Unsupported("lossless JPEG with subsampled components");
        if (header.Precision is < 2 or > 16)
            throw CodestreamException.Damaged($"lossless JPEG of {header.Precision} bits");
        var samples = new ushort[header.Width * header.Height * header.Components.Count];
        new JpegLossless(header).ReadScans(stream, samples);
        if (header.Precision > 8)
            samples.CopyTo(MemoryMarshal.Cast<byte, ushort>(target));
        else
            for (var i = 0; i < samples.Length; i++)
                target[i] = (byte)samples[i];
    }

    private void ReadScans(ReadOnlySpan<byte> stream, ushort[] samples)
    {
        var at = 2;
        var scanned = 0;
        while (scanned < header.Components.Count)
        {
            if (!TryNextSegment(stream, ref at, out var marker, out var body))
                throw CodestreamException.Damaged("the lossless JPEG data ends before its last component");
            if (marker == HuffmanTables)
                ReadTables(body);
            else if (marker == RestartInterval && body.Length >= 2)
                restartInterval = BinaryPrimitives.ReadUInt16BigEndian(body);
            else if (marker == StartOfScan)
                scanned += ReadScan(body, stream, ref at, samples);
        }
    }

    /// <summary>Finds the next marker segment from <paramref name="at"/>, passing over entropy-coded bytes that are left.</summary>
    private static bool TryNextSegment(ReadOnlySpan<byte> stream, ref int at, out byte marker, out ReadOnlySpan<byte> body)
    {
        marker = 0;
        body = default;
        while (at + 4 <= stream.Length)
        {
            if (stream[at] != 0xFF || stream[at + 1] is 0 or 0xFF or (>= 0xD0 and <= 0xD8))
            {
                at++;
                continue;
            }

            marker = stream[at + 1];
            var end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 2)..]);
            if (marker == 0xD9 || end > stream.Length || end < at + 4)
                return false;
            body = stream[(at + 4)..end];
            at = end;
            return true;
        }

        return false;
    }

    private void ReadTables(ReadOnlySpan<byte> body)
    {
        while (body.Length >= 17)
        {
            var total = 0;
            foreach (var count in body[1..17])
                total += count;
            if (body.Length < 17 + total || (body[0] & 15) > 3)
                throw CodestreamException.Damaged("a Huffman table of the JPEG data is too short");
            tables[body[0] & 3] = new HuffmanTable(body[1..17], body.Slice(17, total));
            body = body[(17 + total)..];
        }
    }

    /// <returns>The number of components in the scan.</returns>
    private int ReadScan(ReadOnlySpan<byte> body, ReadOnlySpan<byte> stream, ref int at, ushort[] samples)
    {
        var count = body.Length > 0 ? body[0] : 0;
        if (count < 1 || count > header.Components.Count || body.Length < 4 + 2 * count)
            throw CodestreamException.Damaged("a scan header of the JPEG data is too short");
        var places = new int[count];
        var codes = new HuffmanTable[count];
        for (var c = 0; c < count; c++)
        {
            places[c] = PlaceOf(body[1 + 2 * c]);
            codes[c] = tables[(body[2 + 2 * c] >> 4) & 3] ?? throw CodestreamException.Damaged("a scan of the JPEG data names a table that is not there");
        }

        int predictor = body[1 + 2 * count], shift = body[3 + 2 * count] & 15;
        if (predictor is < 1 or > 7 || shift >= header.Precision)
            throw CodestreamException.Damaged($"lossless JPEG with predictor {predictor} and point transform {shift}");
        var bits = new JpegBits(stream[at..]);
        ReadSamples(ref bits, samples, places, codes, predictor, shift);
        at += bits.Position;
        return count;
    }

    private int PlaceOf(byte id)
    {
        for (var c = 0; c < header.Components.Count; c++)
            if (header.Components[c].Id == id)
                return c;
        throw CodestreamException.Damaged("a scan of the JPEG data names a component that is not there");
    }

    private void ReadSamples(ref JpegBits bits, ushort[] samples, int[] places, HuffmanTable[] codes, int predictor, int shift)
    {
        int width = header.Width, step = header.Components.Count, row = width * step;
        var middle = 1 << (header.Precision - shift - 1);
        var untilRestart = restartInterval;
        var firstLine = 0;
        for (var y = 0; y < header.Height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                if (restartInterval > 0 && untilRestart-- == 0)
                {
                    bits.Restart();
                    untilRestart = restartInterval - 1;
                    firstLine = y;
                }

                for (var c = 0; c < places.Length; c++)
                {
                    var i = y * row + x * step + places[c];
                    var predicted = y == firstLine
                        ? x == 0 ? middle : samples[i - step] >> shift
                        : x == 0 ? samples[i - row] >> shift : Predict(predictor, samples[i - step] >> shift, samples[i - row] >> shift, samples[i - row - step] >> shift);
                    samples[i] = (ushort)((predicted + Difference(ref bits, codes[c])) << shift);
                }
            }
        }

        if (bits.IsExhausted)
            throw CodestreamException.Damaged("the lossless JPEG data ends before its last pixel");
        if (bits.HasLeftover)
            throw CodestreamException.Damaged("the lossless JPEG data goes on behind its last pixel");
    }

    /// <summary>Table H.1: a is left, b above, c above left.</summary>
    private static int Predict(int predictor, int a, int b, int c) => predictor switch
    {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    };

    private static int Difference(ref JpegBits bits, HuffmanTable table)
    {
        var size = table.Read(ref bits);
        if (size == 0)
            return 0;
        if (size == 16)
            return 32768;
        var value = bits.Take(size);
        return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
    }
}
