using System.Text;

namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>Writes a message segment by segment, in UTF-8 with the usual delimiters. Empty components and fields at the end are left out.</summary>
public sealed class Hl7Writer
{
    private readonly StringBuilder _text = new();

    /// <summary>Appends a segment.</summary>
    /// <param name="fields">Number of the field → its value from <see cref="Value"/>; the rest is empty.</param>
    public Hl7Writer Add(string name, params ReadOnlySpan<(int Field, string Raw)> fields)
    {
        var all = new List<string> { name };
        foreach (var (field, raw) in fields)
        {
            while (all.Count <= field)
            {
                all.Add("");
            }

            all[field] = raw;
        }

        return Line(all);
    }

    /// <summary>Appends MSH, whose delimiters are not values.</summary>
    /// <param name="fields">From MSH-3 on.</param>
    public Hl7Writer AddHeader(params ReadOnlySpan<(int Field, string Raw)> fields)
    {
        // MSH-1 is the separator itself: everything stands one place further left than its number says.
        var all = new List<string> { "MSH", Hl7Delimiters.Usual.Encoding };
        foreach (var (field, raw) in fields)
        {
            while (all.Count < field)
            {
                all.Add("");
            }

            all[field - 1] = raw;
        }

        return Line(all);
    }

    /// <summary>The components of a value, escaped and joined.</summary>
    public static string Value(params IEnumerable<string?> components) =>
        string.Join(Hl7Delimiters.Usual.Component, components.Select(c => Hl7Text.Escape(c ?? "", Hl7Delimiters.Usual))).TrimEnd(Hl7Delimiters.Usual.Component);

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    private Hl7Writer Line(List<string> fields)
    {
        _text.Append(string.Join(Hl7Delimiters.Usual.Field, fields).TrimEnd(Hl7Delimiters.Usual.Field)).Append('\r');
        return this;
    }
}
