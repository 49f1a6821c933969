using System.Buffers.Binary;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>PALETTE COLOR to RGB (PS3.3 C.7.6.3.1.5): tables of 8- or 16-bit entries, of which the high byte counts.</summary>
internal static class Palette
{
    private const int MostEntries = 65536;

    public static FrameResult Decode(byte[] stored, FrameHeader header, DataSet set)
    {
        (DicomTag Descriptor, DicomTag Data)[] tables =
        [
            (Tags.RedPaletteColorLookupTableDescriptor, Tags.RedPaletteColorLookupTableData),
            (Tags.GreenPaletteColorLookupTableDescriptor, Tags.GreenPaletteColorLookupTableData),
            (Tags.BluePaletteColorLookupTableDescriptor, Tags.BluePaletteColorLookupTableData),
        ];
        var pixels = new byte[header.Rows * header.Columns * 3];
        for (var c = 0; c < tables.Length; c++)
        {
            if (!set.Contains(tables[c].Data))
                return FrameResult.No(NotScoredReason.Codec,
                    "a palette without its table (or with a segmented one) is not decoded by this version");
            if (Table(set, tables[c].Descriptor, tables[c].Data) is not { } table)
                return FrameResult.No(NotScoredReason.Corrupt, "a palette's table is shorter than its descriptor says");
            for (var i = 0; i < pixels.Length / 3; i++)
            {
                int index = header.BitsAllocated == 8 ? stored[i] : BinaryPrimitives.ReadUInt16LittleEndian(stored.AsSpan(2 * i));
                pixels[3 * i + c] = table.Levels[Math.Clamp(index - table.First, 0, table.Levels.Length - 1)];
            }
        }
        return new(new(header.Columns, header.Rows, 3, pixels), null, null);
    }

    /// <summary>Values of one table and the index that its first entry stands for; null when data are missing.</summary>
    private static (byte[] Levels, int First)? Table(DataSet set, DicomTag descriptor, DicomTag data)
    {
        // Some writers give the descriptor a signed VR: 16 bits either way.
        if (set.GetInt(descriptor, 0) is not { } count || set.GetInt(descriptor, 1) is not { } first
            || set.GetInt(descriptor, 2) is not { } bits)
            return null;
        var entries = (count & 0xFFFF) == 0 ? MostEntries : count & 0xFFFF;
        var bytes = (set.GetBytes(data) ?? default).Span;
        var wide = bits > 8 || bytes.Length >= 2 * entries; // 8-bit entries may stand in 16-bit words
        if (bytes.Length < (wide ? 2 * entries : entries))
            return null;
        var levels = new byte[entries];
        var high = false;
        for (var i = 0; i < entries && wide; i++)
            high |= bytes[2 * i + 1] != 0;
        for (var i = 0; i < entries; i++)
            levels[i] = wide ? bytes[2 * i + (high ? 1 : 0)] : bytes[i];
        return (levels, first);
    }
}
