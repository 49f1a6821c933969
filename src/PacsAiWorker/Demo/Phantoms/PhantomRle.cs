using System.Buffers.Binary;

namespace PacsAiWorker.Demo.Phantoms;

/// <summary>RLE Lossless (PS3.5 annex G) for one grey frame: one segment, each row coded by itself.</summary>
internal static class PhantomRle
{
    private const int HeaderBytes = 64, LongestRun = 128;

    /// <summary>The whole Pixel Data element in explicit VR little endian: empty offset table, one fragment, delimiter.</summary>
    public static byte[] PixelData(byte[] grey, int width)
    {
        var segment = new List<byte>();
        for (var row = 0; row < grey.Length; row += width)
            Row(grey.AsSpan(row, width), segment);
        if (segment.Count % 2 == 1)
            segment.Add(0);
        var fragment = new byte[HeaderBytes + segment.Count];
        BinaryPrimitives.WriteUInt32LittleEndian(fragment, 1); // segments
        BinaryPrimitives.WriteUInt32LittleEndian(fragment.AsSpan(4), HeaderBytes); // where the first begins
        segment.CopyTo(fragment, HeaderBytes);
        var length = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)fragment.Length);
        return
        [
            0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, // (7FE0,0010) OB, undefined length
            0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, // item: empty offset table
            0xFE, 0xFF, 0x00, 0xE0, .. length, .. fragment,
            0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0, // sequence delimitation
        ];
    }

    private static void Row(ReadOnlySpan<byte> row, List<byte> output)
    {
        for (var i = 0; i < row.Length;)
        {
            var run = Run(row, i);
            if (run >= 2)
            {
                output.Add((byte)(257 - run)); // 1 - run, as a signed byte
                output.Add(row[i]);
                i += run;
                continue;
            }
            var end = i + 1;
            while (end < row.Length && end - i < LongestRun && Run(row, end) < 3)
                end++;
            output.Add((byte)(end - i - 1));
            output.AddRange(row[i..end]);
            i = end;
        }
    }

    private static int Run(ReadOnlySpan<byte> row, int from)
    {
        var length = 1;
        while (from + length < row.Length && length < LongestRun && row[from + length] == row[from])
            length++;
        return length;
    }
}
