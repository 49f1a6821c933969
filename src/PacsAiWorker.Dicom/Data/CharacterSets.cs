using System.Text;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Text by Specific Character Set (0008,0005), PS3.3 section C.12.1.1.2. Sets without code extensions: the default repertoire,
/// ISO 8859 parts, TIS 620, JIS X 0201, UTF-8, GB18030 and GBK. Sets with code extensions (ISO 2022) are to be decoded in
/// <see cref="Decode"/>, where all terms are at hand; until then their first set alone is used.
/// Bytes outside the default repertoire where nothing is declared are shown as ISO 8859-1, so nothing is lost.
/// </summary>
internal static class CharacterSets
{
    public const string Utf8Term = "ISO_IR 192";

    public static string Decode(ReadOnlySpan<byte> bytes, IReadOnlyList<string> terms) =>
        (terms.Count == 0 ? Encoding.Latin1 : Find(terms[0]) ?? Encoding.Latin1).GetString(bytes);

    /// <summary>The encoding of a defined term, or null if it has none here.</summary>
    public static Encoding? Find(string term)
    {
        int page = term.Replace("ISO 2022 IR", "ISO_IR", StringComparison.Ordinal) switch
        {
            "" or "ISO_IR 6" or "ISO_IR 100" => 28591,
            "ISO_IR 101" => 28592,
            "ISO_IR 109" => 28593,
            "ISO_IR 110" => 28594,
            "ISO_IR 144" => 28595,
            "ISO_IR 127" => 28596,
            "ISO_IR 126" => 28597,
            "ISO_IR 138" => 28598,
            "ISO_IR 148" => 28599,
            "ISO_IR 203" => 28605,
            "ISO_IR 166" => 874,
            "ISO_IR 13" => 932,
            "GB18030" => 54936,
            "GBK" => 936,
            Utf8Term => 65001,
            _ => 0,
        };
        return page switch
        {
            0 => null,
            28591 => Encoding.Latin1,
            65001 => Encoding.UTF8,
            _ => CodePagesEncodingProvider.Instance.GetEncoding(page),
        };
    }
}
