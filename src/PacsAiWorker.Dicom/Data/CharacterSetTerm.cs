using System.Globalization;
using System.Text;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// What a defined term of Specific Character Set means (PS3.3 tables C.12-2 to C.12-5), read with tolerance for the misspellings
/// that are sent: other separators, lower case, missing "IR", the names of ISO 8859.
/// </summary>
/// <param name="Alone">The encoding of a term that knows no code extensions; null for the others.</param>
/// <param name="Half">What bytes from 80H stand for before any escape sequence.</param>
internal readonly record struct CharacterSetTerm(Encoding? Alone, CodeHalf Half)
{
    /// <summary>The default repertoire, ISO-IR 6, whose upper half is shown as ISO 8859-1 so that nothing is lost.</summary>
    public static CharacterSetTerm Default => new(null, CodeHalf.Latin1);

    /// <summary>Terms that nobody knows are the default repertoire.</summary>
    public static CharacterSetTerm Parse(string term)
    {
        string name = string.Concat(term.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        switch (name)
        {
            case "GB18030":
                return new(CodePages.Get(54936), CodeHalf.Latin1);
            case "GBK" or "ISO2022GBK":
                return new(CodePages.Get(936), CodeHalf.Latin1);
            case "ISOIR192" or "ISO2022IR192" or "IR192" or "UTF8" or "ISO192":
                return new(Encoding.UTF8, CodeHalf.Latin1);
        }

        return new(null, CodeHalf.OfIsoIr(Number(name)) ?? CodeHalf.Latin1);
    }

    /// <summary>The number of the ISO registry at the end of a name; that of an ISO 8859 part where the name is one; 0 for none.</summary>
    private static int Number(string name)
    {
        if (name.StartsWith("ISO8859", StringComparison.Ordinal))
        {
            return name["ISO8859".Length..] switch
            {
                "2" => 101,
                "3" => 109,
                "4" => 110,
                "5" => 144,
                "6" => 127,
                "7" => 126,
                "8" => 138,
                "9" => 148,
                "15" => 203,
                _ => 100,
            };
        }

        string digits = name.StartsWith("ISO2022", StringComparison.Ordinal) ? name["ISO2022".Length..] : name;
        digits = digits.TrimStart("ISOIR".ToCharArray());
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }
}
