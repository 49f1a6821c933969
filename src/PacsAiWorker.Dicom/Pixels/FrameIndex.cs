using System.Buffers.Binary;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Dicom.Pixels;

/// <summary>
/// Which fragments belong to which frame of encapsulated pixel data (PS3.5 annex A.4). Offset tables are believed only where every
/// entry names a fragment; otherwise frames are told apart by count or by where codestreams begin. Reads no pixel.
/// </summary>
public sealed class FrameIndex
{
    private static readonly DicomTag ExtendedOffsetTable = new(0x7FE0, 0x0001);

    private readonly IReadOnlyList<Fragment> fragments;

    /// <summary>For each frame the number of its first fragment, and one more entry for the end.</summary>
    private readonly int[] starts;

    private FrameIndex(IReadOnlyList<Fragment> fragments, int[] starts, string how, IReadOnlyList<string> flags)
    {
        this.fragments = fragments;
        this.starts = starts;
        How = how;
        Flags = flags;
    }

    /// <summary>Frames that are really there.</summary>
    public int Frames => starts.Length - 1;

    /// <summary>How frames were told apart, in two or three words.</summary>
    public string How { get; }

    /// <summary>What was tolerated, one sentence each.</summary>
    public IReadOnlyList<string> Flags { get; }

    /// <summary>Every fragment, for streams that are not cut at frames (MPEG-2, H.264, HEVC).</summary>
    public IReadOnlyList<Fragment> Whole => fragments;

    /// <summary>The fragments of a frame, in order.</summary>
    /// <param name="frame">From 0.</param>
    public IReadOnlyList<Fragment> Of(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Frames);
        var list = new Fragment[starts[frame + 1] - starts[frame]];
        for (var i = 0; i < list.Length; i++)
        {
            list[i] = fragments[starts[frame] + i];
        }

        return list;
    }

    /// <summary>Finds the frames of a file with encapsulated pixel data.</summary>
    /// <param name="file">The file.</param>
    /// <param name="announced">Number of Frames as the header says; 0 when it says nothing usable.</param>
    public static FrameIndex Read(Part10File file, int announced)
    {
        var list = FragmentList.Read(file);
        var flags = new List<string>();
        if (list.Damage is { } damage)
        {
            flags.Add(damage);
        }

        var (starts, how) = Find(file, list, announced, flags);
        if (announced > 0 && starts.Length - 1 != announced)
        {
            flags.Add($"the header announces {announced} frames, {starts.Length - 1} are there");
            starts = starts.Length - 1 > announced ? starts[..(announced + 1)] : starts;
        }

        return new(list.Fragments, starts, how, flags);
    }

    private static (int[] Starts, string How) Find(Part10File file, FragmentList list, int announced, List<string> flags)
    {
        var count = list.Fragments.Count;
        if (count == 0)
        {
            return ([0], "no fragment");
        }

        if (announced == 1)
        {
            return ([0, count], "one frame");
        }

        if (ByTable(list, Extended(file, announced, count)) is { } extended)
        {
            return (extended, "extended offset table");
        }

        var basic = Basic(file, list, announced, count, flags);
        if (ByTable(list, basic) is { } table && (announced == 0 || table.Length - 1 == announced))
        {
            return (table, "basic offset table");
        }

        if (basic.Length > 0)
        {
            flags.Add("the offset table names places where no frame begins: not used");
        }

        var oneEach = count == announced || file.Syntax == TransferSyntax.Rle; // PS3.5 A.4.2
        return oneEach ? (Enumerable.Range(0, count + 1).ToArray(), "one fragment a frame") : (ByCodestream(file, list), "starts of codestreams");
    }

    /// <summary>Entries of 64 bits (PS3.3 C.7.6.3.1.8).</summary>
    private static long[] Extended(Part10File file, int announced, int fragments)
    {
        var bytes = (file.DataSet.GetBytes(ExtendedOffsetTable) ?? default).Span;
        if (bytes.IsEmpty || bytes.Length % 8 != 0 || bytes.Length / 8 > fragments || (announced > 0 && bytes.Length / 8 != announced))
        {
            return [];
        }

        var table = new long[bytes.Length / 8];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]);
        }

        return table;
    }

    /// <summary>Entries of 32 bits (PS3.5 A.4). A table longer than there are frames or fragments is nonsense and not read.</summary>
    private static long[] Basic(Part10File file, FragmentList list, int announced, int fragments, List<string> flags)
    {
        var entries = (list.OffsetTable?.Length ?? 0) / 4;
        if (entries == 0)
        {
            return [];
        }

        if (entries > fragments || (announced > 0 && entries > announced))
        {
            flags.Add($"the offset table has {entries} entries: not used");
            return [];
        }

        var bytes = new byte[4 * entries];
        _ = file.ReadPixelBytes(list.OffsetTable!.Value.Offset, bytes);
        var table = new long[entries];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * i));
        }

        return table;
    }

    /// <summary>Null unless the table begins with the first fragment, rises, and names a fragment each time.</summary>
    private static int[]? ByTable(FragmentList list, long[] table)
    {
        const int ItemHeaderBytes = 8;
        if (table.Length == 0)
        {
            return null;
        }

        var starts = new int[table.Length + 1];
        var next = 0;
        for (var frame = 0; frame < table.Length; frame++)
        {
            var wanted = list.Base + table[frame] + ItemHeaderBytes;
            while (next < list.Fragments.Count && list.Fragments[next].Offset < wanted)
            {
                next++;
            }

            if (next == list.Fragments.Count || list.Fragments[next].Offset != wanted || (frame == 0 && next != 0) || (frame > 0 && next == starts[frame - 1]))
            {
                return null;
            }

            starts[frame] = next;
        }

        starts[^1] = list.Fragments.Count;
        return starts;
    }

    /// <summary>A frame begins with each fragment that begins a codestream; without any, all is one frame.</summary>
    private static int[] ByCodestream(Part10File file, FragmentList list)
    {
        var starts = new List<int>();
        Span<byte> first = stackalloc byte[4];
        for (var i = 0; i < list.Fragments.Count; i++)
        {
            var there = file.ReadPixelBytes(list.Fragments[i].Offset, first[..(int)Math.Min(4, list.Fragments[i].Length)]);
            if (i == 0 || BeginsCodestream(first[..there]))
            {
                starts.Add(i);
            }
        }

        return [.. starts, list.Fragments.Count];
    }

    /// <summary>SOI with the next marker (JPEG, JPEG-LS), SOC with SIZ (JPEG 2000).</summary>
    private static bool BeginsCodestream(ReadOnlySpan<byte> first) =>
        first.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || first.SequenceEqual((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]);
}
