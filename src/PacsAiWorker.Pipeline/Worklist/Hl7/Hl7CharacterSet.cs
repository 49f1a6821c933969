using System.Text;

namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>Encodings by MSH-18 (HL7 table 0211); nothing said is UTF-8, which ASCII is part of.</summary>
public static class Hl7CharacterSet
{
    public const string Utf8Name = "UNICODE UTF-8";

    /// <summary>Refuses bytes that are not text of it: a name is never guessed.</summary>
    public static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="Hl7FormatException">A character set that we do not read.</exception>
    public static Encoding Of(string name) => name.Trim().ToUpperInvariant() switch
    {
        "" or "ASCII" or "UNICODE UTF-8" or "UTF-8" or "UTF8" => Utf8,
        "8859/1" or "ISO-8859-1" => Encoding.Latin1,
        "8859/2" => Page(28592),
        "8859/3" => Page(28593),
        "8859/4" => Page(28594),
        "8859/5" => Page(28595),
        "8859/6" => Page(28596),
        "8859/7" => Page(28597),
        "8859/8" => Page(28598),
        "8859/9" => Page(28599),
        "8859/15" => Page(28605),
        "GB 18030-2000" => Page(54936),
        _ => throw new Hl7FormatException("MSH-18 names a character set that is not read here: send UNICODE UTF-8, 8859/1 to 8859/9, 8859/15 or GB 18030-2000"),
    };

    private static Encoding Page(int page) => CodePagesEncodingProvider.Instance.GetEncoding(page, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
}
