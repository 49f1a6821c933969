using System.Buffers.Binary;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>
/// The log of received files, read without the product's own reader: segments named by their id, records at multiples of 4096 bytes,
/// 512 bytes of head ("PSCR", segment id at 8, length at 56), then the file.
/// </summary>
internal static class SpoolPlaces
{
    private const int Block = 4096;
    private const int Head = 512;

    /// <summary>SEGMENT:OFFSET:LENGTH of every record.</summary>
    public static IReadOnlyList<string> All(string spool) => [.. Directory.EnumerateFiles(spool, "*.seg").SelectMany(Of)];

    /// <summary>Cuts one file out, as <c>dd</c> would.</summary>
    public static byte[] Read(string spool, string place)
    {
        var parts = place.Split(':');
        using var segment = Open(Path.Combine(spool, parts[0] + ".seg"));
        segment.Position = long.Parse(parts[1], null);
        var bytes = new byte[long.Parse(parts[2], null)];
        segment.ReadExactly(bytes);
        return bytes;
    }

    private static List<string> Of(string path)
    {
        var places = new List<string>();
        using var segment = Open(path);
        var id = Path.GetFileNameWithoutExtension(path);
        var head = new byte[Head];
        for (long at = Block; at + Head <= segment.Length;)
        {
            segment.Position = at;
            segment.ReadExactly(head);
            if (!head.AsSpan(0, 4).SequenceEqual("PSCR"u8) || new Guid(head.AsSpan(8, 16)).ToString("N") != id)
            {
                break;
            }

            var length = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(56));
            places.Add($"{id}:{at + Head}:{length}");
            at = (at + Head + length + Block - 1) / Block * Block;
        }

        return places;
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
