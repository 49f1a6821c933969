using System.Globalization;
using System.Text;

namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>Values in and out of a message: delimiters and control characters travel as escape sequences (HL7 v2.5.1 section 2.7).</summary>
public static class Hl7Text
{
    /// <summary>What a field holds that is explicitly empty (section 2.5.3).</summary>
    public const string Nothing = "\"\"";

    /// <summary>Any text as it may stand in a message: no delimiter, no control character, so that neither a segment nor a frame can end in it.</summary>
    public static string Escape(string value, Hl7Delimiters delimiters)
    {
        if (value == Nothing)
        {
            return "\"" + delimiters.Escape + "X22" + delimiters.Escape;
        }

        var text = new StringBuilder(value.Length);
        foreach (var c in value)
        {
            if (Letter(c, delimiters) is { } letter)
            {
                text.Append(delimiters.Escape).Append(letter).Append(delimiters.Escape);
            }
            else if (c is < ' ' or (char)0x7F)
            {
                text.Append(delimiters.Escape).Append('X').Append(((int)c).ToString("X2", CultureInfo.InvariantCulture)).Append(delimiters.Escape);
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    /// <summary>The value behind its escape sequences. A sequence that nobody knows stays as it is, and highlighting is dropped.</summary>
    /// <param name="encoding">Of the message: bytes that <c>\X…\</c> spells are in it.</param>
    public static string Unescape(string raw, Hl7Delimiters delimiters, Encoding encoding)
    {
        if (!raw.Contains(delimiters.Escape, StringComparison.Ordinal))
        {
            return raw;
        }

        var text = new StringBuilder(raw.Length);
        for (var at = 0; at < raw.Length;)
        {
            var end = raw[at] == delimiters.Escape ? raw.IndexOf(delimiters.Escape, at + 1) : -1;
            if (end < 0)
            {
                text.Append(raw[at++]);
                continue;
            }

            text.Append(Meaning(raw[(at + 1)..end], delimiters, encoding) ?? raw[at..(end + 1)]);
            at = end + 1;
        }

        return text.ToString();
    }

    private static char? Letter(char c, Hl7Delimiters d) =>
        c == d.Field ? 'F' : c == d.Component ? 'S' : c == d.Subcomponent ? 'T' : c == d.Repetition ? 'R' : c == d.Escape ? 'E' : null;

    private static string? Meaning(string sequence, Hl7Delimiters d, Encoding encoding) => sequence switch
    {
        "F" => $"{d.Field}",
        "S" => $"{d.Component}",
        "T" => $"{d.Subcomponent}",
        "R" => $"{d.Repetition}",
        "E" => $"{d.Escape}",
        "H" or "N" => "",
        ".br" => "\r",
        ['X', .. var hex] when hex.Length is > 0 && hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit) => Spelled(hex, encoding),
        _ => null,
    };

    private static string? Spelled(string hex, Encoding encoding)
    {
        try
        {
            return encoding.GetString(Convert.FromHexString(hex));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
