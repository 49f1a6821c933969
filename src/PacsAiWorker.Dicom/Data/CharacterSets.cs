using System.Text;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Text by Specific Character Set (0008,0005), PS3.3 section C.12.1.1.2 and PS3.5 section 6.1.2: single-byte sets, ISO 2022 code
/// extensions, UTF-8, GB18030 and GBK. Nothing here throws: bytes outside what is declared are shown as ISO 8859-1 where nothing
/// else is known of them, or as U+FFFD where they are no character of their set. Escape sequences of the standard are obeyed even
/// where their set is not declared, since no text has them by chance.
/// </summary>
internal static class CharacterSets
{
    public const string Utf8Term = "ISO_IR 192";

    /// <summary>The text of a value, multiple values still joined by '\'.</summary>
    /// <param name="bytes">The value as sent.</param>
    /// <param name="terms">The values of Specific Character Set; empty for the default repertoire.</param>
    /// <param name="vr">What ends an extension: '^' and '=' in PN, '\' where several values may stand.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, IReadOnlyList<string> terms, Vr vr)
    {
        CharacterSetTerm first = terms.Count == 0 ? CharacterSetTerm.Default : CharacterSetTerm.Parse(terms[0]);
        if (first.Alone is { } encoding)
        {
            return encoding.GetString(bytes);
        }

        // Where nothing can switch, 7-bit text is itself.
        return System.Text.Ascii.IsValid(bytes) && !bytes.Contains(Iso2022.Escape)
            ? Encoding.Latin1.GetString(bytes)
            : new Iso2022(first.Half, vr).Decode(bytes);
    }
}
