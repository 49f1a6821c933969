using System.Text;

namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>A message that was taken apart (HL7 v2.5.1 chapter 2). Segments in their order; MSH is the first.</summary>
public sealed class Hl7Message
{
    private const int MostSegments = 4096;

    private Hl7Message(IReadOnlyList<Hl7Segment> segments) => Segments = segments;

    public IReadOnlyList<Hl7Segment> Segments { get; }

    public Hl7Segment Header => Segments[0];

    /// <summary>MSH-9.1 and 9.2, for example ADT and A08.</summary>
    public (string Type, string Event) Kind => (Header.Text(9), Header.Text(9, 2));

    /// <summary>MSH-10.</summary>
    public string ControlId => Header.Text(10);

    /// <summary>The first segment of this name, or null.</summary>
    public Hl7Segment? Find(string name) => Segments.FirstOrDefault(s => s.Name == name);

    public IEnumerable<Hl7Segment> All(string name) => Segments.Where(s => s.Name == name);

    /// <param name="bytes">One message without its frame. Segments end with carriage return; a line feed beside or instead of it, and an end that is missing at the last, are taken.</param>
    /// <exception cref="Hl7FormatException">It is none.</exception>
    public static Hl7Message Parse(ReadOnlySpan<byte> bytes)
    {
        // Structure is ASCII in every character set that is read here: only after MSH is known its text can be.
        var head = FirstLine(bytes);
        if (head.Length < 8 || !head.StartsWith("MSH", StringComparison.Ordinal))
        {
            throw new Hl7FormatException("the message does not begin with MSH and its delimiters");
        }

        var field = head[3];
        var encodingEnd = head.IndexOf(field, 4);
        var delimiters = Hl7Delimiters.Of(field, encodingEnd < 0 ? head[4..] : head[4..encodingEnd]);
        var encoding = Hl7CharacterSet.Of(head.Split(field).ElementAtOrDefault(17)?.Split(delimiters.Repetition)[0] ?? "");
        string text;
        try
        {
            text = encoding.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new Hl7FormatException("the bytes are not text of the character set that MSH-18 names (empty means UTF-8): name the one that is used");
        }

        var segments = new List<Hl7Segment>();
        foreach (var line in text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (segments.Count == MostSegments)
            {
                throw new Hl7FormatException($"more than {MostSegments} segments");
            }

            segments.Add(Segment(line, segments.Count == 0, delimiters, encoding));
        }

        return new Hl7Message(segments);
    }

    private static Hl7Segment Segment(string line, bool isHeader, Hl7Delimiters delimiters, Encoding encoding)
    {
        var fields = line.Split(delimiters.Field);
        var name = fields[0];
        if (name.Length != 3 || !char.IsAsciiLetterUpper(name[0]) || !name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)))
        {
            throw new Hl7FormatException("a segment does not begin with a name of three letters or digits");
        }

        return new Hl7Segment(isHeader ? [name, $"{delimiters.Field}", .. fields[1..]] : fields, delimiters, encoding);
    }

    private static string FirstLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        return Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
