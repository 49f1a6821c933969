using System.Buffers.Binary;

namespace PacsAiWorker.Testing.Quirks;

/// <summary>Encapsulated pixel data (PS3.5 annex A.4), right or wrong as the caller wants it.</summary>
public static class Encapsulated
{
    private const uint PixelData = 0x7FE00010;

    /// <summary>The whole element: offset table, fragments, delimiter.</summary>
    /// <param name="offsetTable">Entries; none for an empty table.</param>
    /// <param name="fragments">As they stand in the file; odd lengths are padded.</param>
    public static byte[] Element(uint[] offsetTable, params byte[][] fragments) =>
        Elements.Join([Elements.Long(PixelData, "OB", Elements.Undefined), .. Items(offsetTable, fragments), Elements.SequenceEnd]);

    /// <summary>The same without the delimiter at the end.</summary>
    public static byte[] Unfinished(uint[] offsetTable, params byte[][] fragments) =>
        Elements.Join([Elements.Long(PixelData, "OB", Elements.Undefined), .. Items(offsetTable, fragments)]);

    /// <summary>Where each of these fragments begins, as an offset table counts.</summary>
    public static uint[] Offsets(params byte[][] fragments)
    {
        var offsets = new uint[fragments.Length];
        for (var i = 1; i < fragments.Length; i++)
        {
            offsets[i] = offsets[i - 1] + 8 + (uint)(fragments[i - 1].Length + fragments[i - 1].Length % 2);
        }

        return offsets;
    }

    private static IEnumerable<byte[]> Items(uint[] offsetTable, byte[][] fragments)
    {
        var table = new byte[4 * offsetTable.Length];
        for (var i = 0; i < offsetTable.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(4 * i), offsetTable[i]);
        }

        return fragments.Prepend(table).Select(f => Elements.Join(Elements.Structure(0xE000, (uint)(f.Length + f.Length % 2)), f, new byte[f.Length % 2]));
    }
}
