using System.Collections.Frozen;
using System.Globalization;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// VR and keyword by tag (PS3.6), read from the embedded <c>Dictionary.txt</c>: one line an element, "ggggeeee VR Keyword".
/// Today it holds the tags of <see cref="Tags"/>; the whole of PS3.6 can take its place as data alone.
/// Where PS3.6 leaves a choice (US or SS, OB or OW) the table holds the first, with OW for Pixel Data (PS3.5 annex A.1).
/// </summary>
public static class TagDictionary
{
    private static readonly FrozenDictionary<DicomTag, (Vr Vr, string Keyword)> Entries = Load();

    /// <summary>The VR of a tag: UL for group lengths, LO for private creators, UN for everything not in the table.</summary>
    public static Vr VrOf(DicomTag tag)
    {
        if (Entries.TryGetValue(tag, out (Vr Vr, string Keyword) entry))
        {
            return entry.Vr;
        }

        return tag.IsGroupLength ? Vr.UL : tag.IsPrivateCreator ? Vr.LO : Vr.UN;
    }

    /// <summary>The keyword of a tag, or null.</summary>
    public static string? KeywordOf(DicomTag tag) => Entries.TryGetValue(tag, out (Vr Vr, string Keyword) entry) ? entry.Keyword : null;

    private static FrozenDictionary<DicomTag, (Vr Vr, string Keyword)> Load()
    {
        using Stream stream = typeof(TagDictionary).Assembly.GetManifestResourceStream("Dictionary.txt")!;
        using var reader = new StreamReader(stream);
        var entries = new Dictionary<DicomTag, (Vr Vr, string Keyword)>();
        while (reader.ReadLine() is { } line)
        {
            string[] columns = line.Split(' ');
            uint number = uint.Parse(columns[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            entries.Add(DicomTag.FromNumber(number), (Enum.Parse<Vr>(columns[1]), columns[2]));
        }

        return entries.ToFrozenDictionary();
    }
}
