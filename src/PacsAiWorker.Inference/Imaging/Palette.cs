using System.Buffers.Binary;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>
/// PALETTE COLOR to RGB (PS3.3 C.7.6.3.1.5 and C.7.9): tables of 8- or 16-bit entries, of which the high byte counts, plain or
/// segmented.
/// </summary>
internal static class Palette
{
    private const int MostEntries = 65536;

    private static readonly (DicomTag Descriptor, DicomTag Data, DicomTag Segmented)[] Tables =
    [
        (Tags.RedPaletteColorLookupTableDescriptor, Tags.RedPaletteColorLookupTableData, new(0x0028, 0x1221)),
        (Tags.GreenPaletteColorLookupTableDescriptor, Tags.GreenPaletteColorLookupTableData, new(0x0028, 0x1222)),
        (Tags.BluePaletteColorLookupTableDescriptor, Tags.BluePaletteColorLookupTableData, new(0x0028, 0x1223)),
    ];

    /// <summary>A table as levels, and the index that its first entry stands for.</summary>
    private sealed record Table(byte[] Levels, int First);

    public static FrameResult<RasterImage> Decode(StoredFrame frame, FrameHeader header, DataSet set)
    {
        var stored = frame.Data.Span;
        var pixels = new byte[frame.Width * frame.Height * 3];
        for (var c = 0; c < Tables.Length; c++)
        {
            if (!set.Contains(Tables[c].Data) && !set.Contains(Tables[c].Segmented))
                return FrameResult<RasterImage>.Codec("a palette without its table is not decoded");
            if (Read(set, Tables[c], header.Signed) is not { } table)
                return FrameResult<RasterImage>.Corrupt("a palette's table does not hold what its descriptor says");
            for (var i = 0; i < pixels.Length / 3; i++)
            {
                int index = frame.SampleBytes == 1 ? stored[i] : BinaryPrimitives.ReadUInt16LittleEndian(stored[(2 * i)..]);
                if (header.Signed)
                    index = frame.SampleBytes == 1 ? (sbyte)index : (short)index;
                pixels[3 * i + c] = table.Levels[Math.Clamp(index - table.First, 0, table.Levels.Length - 1)];
            }
        }

        return new RasterImage(frame.Width, frame.Height, 3, pixels);
    }

    /// <summary>Null when data are missing.</summary>
    private static Table? Read(DataSet set, (DicomTag Descriptor, DicomTag Data, DicomTag Segmented) tags, bool signed)
    {
        // Some writers give the descriptor a signed VR: 16 bits either way, and negative only where samples are.
        if (set.GetInt(tags.Descriptor, 0) is not { } count || set.GetInt(tags.Descriptor, 1) is not { } first
            || set.GetInt(tags.Descriptor, 2) is not { } bits)
            return null;
        var entries = (count & 0xFFFF) == 0 ? MostEntries : count & 0xFFFF;
        var start = signed ? (short)first : first & 0xFFFF;
        if (set.Contains(tags.Data))
            return Plain((set.GetBytes(tags.Data) ?? default).Span, entries, bits & 0xFFFF) is { } levels ? new(levels, start) : null;
        var words = SegmentedTable.Words((set.GetBytes(tags.Segmented) ?? default).Span, bits & 0xFFFF);
        return SegmentedTable.Expand(words, entries) is { } values
            ? new([.. values.Select(v => (byte)((bits & 0xFFFF) > 8 ? v >> 8 : v))], start)
            : null;
    }

    private static byte[]? Plain(ReadOnlySpan<byte> bytes, int entries, int bits)
    {
        var wide = bits > 8 || bytes.Length >= 2 * entries; // 8-bit entries may stand in 16-bit words
        if (bytes.Length < (wide ? 2 * entries : entries))
            return null;
        var levels = new byte[entries];
        var high = false;
        for (var i = 0; i < entries && wide; i++)
            high |= bytes[2 * i + 1] != 0;
        for (var i = 0; i < entries; i++)
            levels[i] = wide ? bytes[2 * i + (high ? 1 : 0)] : bytes[i];
        return levels;
    }
}
