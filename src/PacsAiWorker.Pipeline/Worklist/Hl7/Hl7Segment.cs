using System.Text;

namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>One segment as it arrived. Fields, repetitions, components and subcomponents count from 1; what is not there is an empty text.</summary>
/// <param name="fields">Raw fields; the first is the segment's name. Of MSH, the second is MSH-1 itself.</param>
public sealed class Hl7Segment(IReadOnlyList<string> fields, Hl7Delimiters delimiters, Encoding encoding)
{
    public string Name => fields[0];

    /// <summary>A value without its escapes; the explicit nothing <c>""</c> of section 2.5.3 reads as empty.</summary>
    public string Text(int field, int component = 1, int repetition = 1, int subcomponent = 1) =>
        Plain(Part(Part(Part(Raw(field), delimiters.Repetition, repetition), delimiters.Component, component), delimiters.Subcomponent, subcomponent));

    /// <summary>How often a field is given; 0 when it is empty.</summary>
    public int Repetitions(int field) => Raw(field) is { Length: > 0 } raw ? raw.Count(c => c == delimiters.Repetition) + 1 : 0;

    /// <summary>Every repetition of a field as the first subcomponents of its components: one walk through the field, however long it is.</summary>
    public IEnumerable<IReadOnlyList<string>> Split(int field) => Repetitions(field) == 0 ? [] :
        Raw(field).Split(delimiters.Repetition).Select(r => r.Split(delimiters.Component).Select(c => Plain(Part(c, delimiters.Subcomponent, 1))).ToList());

    private string Plain(string raw) => raw == Hl7Text.Nothing ? "" : Hl7Text.Unescape(raw, delimiters, encoding);

    private string Raw(int field) => field < fields.Count ? fields[field] : "";

    private static string Part(string raw, char delimiter, int which)
    {
        var start = 0;
        for (var i = 1; i < which; i++)
        {
            start = raw.IndexOf(delimiter, start) + 1;
            if (start == 0)
            {
                return "";
            }
        }

        var end = raw.IndexOf(delimiter, start);
        return end < 0 ? raw[start..] : raw[start..end];
    }
}
