using System.Text;

namespace PacsAiWorker.Spool;

/// <summary>Names and first block of a segment's file. The block is text, for whoever looks with <c>head</c>.</summary>
internal static class SegmentFile
{
    public const string Extension = ".seg";

    /// <summary>Bytes before the first record.</summary>
    public const int HeaderBytes = RecordHead.Alignment;

    private const string Title = "PacsAiWorker spool segment, format 1";

    public static string PathOf(string folder, Guid id) => Path.Combine(folder, id.ToString("N") + Extension);

    /// <summary>The id that a file's name says; null for other files.</summary>
    public static Guid? IdOf(string path) =>
        Path.GetExtension(path) == Extension && Guid.TryParseExact(Path.GetFileNameWithoutExtension(path), "N", out var id) ? id : null;

    public static byte[] Header(Guid id)
    {
        var text = $"""
            {Title}
            segment {id:N}
            Each record begins at a multiple of {RecordHead.Alignment} bytes: {RecordHead.Bytes} bytes of head, then one DICOM file.
            List, check and copy them out with: pacs-ai-worker spool

            """;
        var block = new byte[HeaderBytes];
        Encoding.ASCII.GetBytes(text.ReplaceLineEndings("\n"), block);
        return block;
    }

    /// <summary>Whether a file begins as a segment of this id does.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> block, Guid id) => block.StartsWith(Encoding.ASCII.GetBytes($"{Title}\nsegment {id:N}\n"));
}
