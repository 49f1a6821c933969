using System.Buffers.Text;
using System.Text;

namespace PacsAiWorker.Dicom.Data;

/// <summary>One row of the data dictionary.</summary>
/// <param name="Tag">Eight hexadecimal digits; x stands for any digit in repeating groups.</param>
/// <param name="VrChoice">A VR, or what PS3.6 leaves open: "US|SS".</param>
/// <param name="Keyword">Empty where the standard has none.</param>
/// <param name="Multiplicity">How many values (PS3.5 section 6.4): "1", "2-n".</param>
public sealed record DictionaryEntry(string Tag, string VrChoice, string Keyword, string Multiplicity);

/// <summary>
/// VR, keyword and multiplicity by tag: all of PS3.6 and the elements of groups 0000 and 0002, from the embedded
/// <c>Dictionary.txt</c>, repeating groups (50xx, 60xx and others) included. Where PS3.6 leaves a choice, the VR is OW if that is one
/// of the choice, as implicit VR has it (PS3.5 annex A.1), else the first, which makes "US or SS" US; the reader makes it SS where Pixel
/// Representation says so. Loaded at first use into about 250 kB.
/// </summary>
public static class TagDictionary
{
    private static readonly Lazy<Table> Loaded = new(Load);

    /// <summary>The VR of a tag: UL for group lengths, LO for private creators, UN for everything not in the table.</summary>
    public static Vr VrOf(DicomTag tag)
    {
        if (tag.IsGroupLength)
        {
            return Vr.UL;
        }

        if (tag.IsPrivate)
        {
            return tag.IsPrivateCreator ? Vr.LO : Vr.UN;
        }

        Table table = Loaded.Value;
        return table.Find(tag.Number) is >= 0 and var row ? table.Vrs[row] : Vr.UN;
    }

    /// <summary>The keyword of a tag, or null.</summary>
    public static string? KeywordOf(DicomTag tag) => Find(tag) is { Keyword: { Length: > 0 } keyword } ? keyword : null;

    /// <summary>The row of a tag, or null.</summary>
    public static DictionaryEntry? Find(DicomTag tag)
    {
        Table table = Loaded.Value;
        return table.Find(tag.Number) is >= 0 and var row ? table.Entry(row) : null;
    }

    /// <summary>The whole table.</summary>
    public static IEnumerable<DictionaryEntry> All => Enumerable.Range(0, Loaded.Value.Vrs.Length).Select(Loaded.Value.Entry);

    private static Table Load()
    {
        using Stream stream = typeof(TagDictionary).Assembly.GetManifestResourceStream("Dictionary.txt")!;
        byte[] text = new byte[stream.Length];
        stream.ReadExactly(text);
        return new Table(text);
    }

    /// <summary>The text as it is, with where its rows begin: single tags in order, then those with an x.</summary>
    private sealed class Table
    {
        private readonly byte[] text;
        private readonly int[] starts;
        private readonly uint[] tags;
        private readonly (uint Mask, uint Value)[] repeaters;

        public Table(byte[] text)
        {
            this.text = text;
            var rows = new List<int>(5000);
            var single = new List<uint>(5000);
            var repeating = new List<(uint Mask, uint Value)>(100);
            for (int at = 0; at < text.Length; at += text.AsSpan(at).IndexOf((byte)'\n') + 1)
            {
                if (text[at] == '#')
                {
                    continue;
                }

                rows.Add(at);
                if (Utf8Parser.TryParse(text.AsSpan(at, 8), out uint tag, out int digits, 'X') && digits == 8)
                {
                    single.Add(tag);
                }
                else
                {
                    repeating.Add(Pattern(text.AsSpan(at, 8)));
                }
            }

            starts = [.. rows];
            tags = [.. single];
            repeaters = [.. repeating];
            Vrs = Array.ConvertAll(starts, at => VrAt(text.AsSpan(at + 9)));
        }

        public Vr[] Vrs { get; }

        /// <summary>The row of a tag; -1 for none.</summary>
        public int Find(uint tag)
        {
            int row = Array.BinarySearch(tags, tag);
            if (row >= 0)
            {
                return row;
            }

            row = Array.FindIndex(repeaters, r => (tag & r.Mask) == r.Value);
            return row < 0 ? -1 : tags.Length + row;
        }

        public DictionaryEntry Entry(int row)
        {
            ReadOnlySpan<byte> line = text.AsSpan(starts[row]);
            string[] columns = Encoding.ASCII.GetString(line[..line.IndexOf((byte)'\n')]).Split(' ');
            return new(columns[0], columns[1], columns[2] == "-" ? "" : columns[2], columns[3]);
        }

        private static (uint Mask, uint Value) Pattern(ReadOnlySpan<byte> digits)
        {
            (uint mask, uint value) = (0, 0);
            foreach (byte digit in digits)
            {
                bool any = digit == 'x';
                mask = (mask << 4) | (any ? 0u : 0xFu);
                value = (value << 4) | (any ? 0u : (uint)Convert.ToInt32(((char)digit).ToString(), 16));
            }

            return (mask, value);
        }

        private static Vr VrAt(ReadOnlySpan<byte> choice)
        {
            choice = choice[..choice.IndexOf((byte)' ')];
            return choice.Length > 2 && choice.EndsWith("OW"u8) ? Vr.OW : VrFacts.Parse(choice[0], choice[1]) ?? Vr.UN;
        }
    }
}
