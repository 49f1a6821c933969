using System.Buffers.Binary;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>Segmented tables (PS3.3 C.7.9.2): runs of values, straight lines, and copies of earlier segments, which hold no copies.</summary>
internal static class SegmentedTable
{
    private const int Discrete = 0, Linear = 1, Indirect = 2;

    /// <summary>Opcodes and values have the width of the entries.</summary>
    public static ushort[] Words(ReadOnlySpan<byte> bytes, int bits)
    {
        var words = new ushort[bits > 8 ? bytes.Length / 2 : bytes.Length];
        for (var i = 0; i < words.Length; i++)
            words[i] = bits > 8 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) : bytes[i];
        return words;
    }

    /// <summary>Null when the segments do not give exactly so many entries.</summary>
    public static List<ushort>? Expand(ReadOnlySpan<ushort> words, int entries)
    {
        var table = new List<ushort>(entries);
        var at = 0;
        while (at < words.Length && table.Count < entries)
        {
            if (words[at] != Indirect)
            {
                if (!Segment(words, ref at, table, entries))
                    return null;
                continue;
            }

            if (at + 4 > words.Length)
                return null;
            var from = (int)Math.Min((words[at + 2] | ((long)words[at + 3] << 16)) / 2, words.Length);
            for (var copies = words[at + 1]; copies > 0; copies--)
                if (from >= at || !Segment(words, ref from, table, entries))
                    return null;
            at += 4;
        }

        return table.Count == entries ? table : null;
    }

    private static bool Segment(ReadOnlySpan<ushort> words, ref int at, List<ushort> table, int entries)
    {
        if (at + 3 > words.Length || words[at] > Linear)
            return false;
        var (linear, count) = (words[at] == Linear, words[at + 1]);
        var last = linear ? words[at + 2] : 0;
        if (count > entries - table.Count || (linear ? table.Count == 0 : at + 2 + count > words.Length))
            return false;
        var first = linear ? table[^1] : 0;
        for (var i = 1; i <= count; i++)
            table.Add(linear ? (ushort)Math.Round(first + (double)(last - first) * i / count) : words[at + 1 + i]);
        at += linear ? 3 : 2 + count;
        return true;
    }
}
