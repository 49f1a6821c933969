using System.Buffers.Binary;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Dicom.Pixels;

/// <summary>
/// The items of encapsulated pixel data (PS3.5 annex A.4), found by walking item headers: eight bytes a fragment are read, never its
/// value. Bytes inside a fragment that look like a delimiter mean nothing.
/// </summary>
internal sealed class FragmentList
{
    private const int HeaderBytes = 8, MostFragments = 1_000_000;
    private const uint Item = 0xE000FFFE, SequenceDelimitation = 0xE0DDFFFE, Undefined = 0xFFFFFFFF;

    private readonly List<Fragment> fragments = [];

    private FragmentList(Fragment? offsetTable) => OffsetTable = offsetTable;

    /// <summary>The first item, the basic offset table; null when there is no item at all. It may be empty.</summary>
    public Fragment? OffsetTable { get; }

    public IReadOnlyList<Fragment> Fragments => fragments;

    /// <summary>Why the list ends before its delimiter; null when it does not.</summary>
    public string? Damage { get; private set; }

    /// <summary>Where the offsets of a table count from: the first byte behind the offset table.</summary>
    public long Base => OffsetTable is { } table ? table.Offset + table.Length : 0;

    public static FragmentList Read(Part10File file)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        var length = file.Length - file.PixelDataOffset;
        FragmentList? list = null;
        long at = 0;
        while (true)
        {
            if (file.ReadPixelBytes(at, header) < HeaderBytes)
            {
                return Ended(list, "the pixel data ends without its delimiter");
            }

            uint tag = BinaryPrimitives.ReadUInt32LittleEndian(header), size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            if (tag == SequenceDelimitation)
            {
                return list ?? new FragmentList(null);
            }

            var item = new Fragment(at + HeaderBytes, size);
            if (tag != Item || size == Undefined || item.Offset + size > length)
            {
                return Ended(list, tag == Item ? "a fragment runs past the end of the file" : "something that is no fragment stands in the pixel data");
            }

            if (list is null)
            {
                list = new FragmentList(item);
            }
            else if (list.fragments.Count == MostFragments)
            {
                return Ended(list, $"the pixel data has more than {MostFragments} fragments");
            }
            else if (size > 0)
            {
                list.fragments.Add(item);
            }

            at = item.Offset + size;
        }
    }

    private static FragmentList Ended(FragmentList? list, string damage)
    {
        list ??= new FragmentList(null);
        list.Damage = damage;
        return list;
    }
}
