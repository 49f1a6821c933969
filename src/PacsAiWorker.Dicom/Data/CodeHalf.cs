using System.Text;

namespace PacsAiWorker.Dicom.Data;

/// <summary>Code pages of the runtime, without registering them for the whole program.</summary>
internal static class CodePages
{
    public static Encoding Get(int page) => CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.GetEncoding(page);
}

/// <summary>
/// A code element that can be invoked in one half of the code table (PS3.5 section 6.1.2.5): the lower half G0 (21H to 7EH) or the
/// upper half G1 (A1H to FEH), one or two bytes a character.
/// </summary>
internal sealed class CodeHalf
{
    private readonly Encoding encoding;

    /// <summary>Added to the second byte of a pair to get the code page's byte.</summary>
    private readonly int secondBits;

    private CodeHalf(int page, int width = 1, int secondBits = 0x80)
    {
        encoding = page == 28591 ? Encoding.Latin1 : CodePages.Get(page);
        Width = width;
        this.secondBits = secondBits;
    }

    /// <summary>ISO-IR 6; also JIS X 0201 romaji (ISO-IR 14), whose yen sign has to stay the separator '\' that it is in DICOM.</summary>
    public static CodeHalf Ascii { get; } = new(28591);

    public static CodeHalf Latin1 { get; } = new(28591);

    /// <summary>JIS X 0201 katakana (ISO-IR 13). Pairs of Shift JIS, which senders put there against the rule, are read as well.</summary>
    public static CodeHalf Katakana { get; } = new(932);

    /// <summary>JIS X 0208 (ISO-IR 87), by code page 20932, which holds both Japanese sets of two bytes.</summary>
    public static CodeHalf Kanji { get; } = new(20932, 2);

    /// <summary>JIS X 0212 (ISO-IR 159): code page 20932 has it with the second byte below 80H.</summary>
    public static CodeHalf SupplementaryKanji { get; } = new(20932, 2, secondBits: 0);

    /// <summary>KS X 1001 (ISO-IR 149).</summary>
    public static CodeHalf Korean { get; } = new(949, 2);

    /// <summary>GB 2312 (ISO-IR 58).</summary>
    public static CodeHalf Chinese { get; } = new(936, 2);

    private static readonly Dictionary<int, CodeHalf> ByIsoIr = new()
    {
        [6] = Latin1,
        [13] = Katakana,
        [14] = Katakana,
        [58] = Chinese,
        [87] = Latin1,
        [100] = Latin1,
        [101] = new(28592),
        [109] = new(28593),
        [110] = new(28594),
        [126] = new(28597),
        [127] = new(28596),
        [138] = new(28598),
        [144] = new(28595),
        [148] = new(28599),
        [149] = Korean,
        [159] = Latin1,
        [166] = new(874),
        [203] = new(28605),
    };

    /// <summary>Bytes a character.</summary>
    public int Width { get; }

    /// <summary>What a set of the ISO registry puts in the upper half; null for unknown numbers. Sets of the lower half leave it alone.</summary>
    public static CodeHalf? OfIsoIr(int number) => ByIsoIr.GetValueOrDefault(number);

    /// <summary>Decodes the character at the start of <paramref name="bytes"/>, which is in this half.</summary>
    /// <returns>How many bytes it took.</returns>
    public int Decode(ReadOnlySpan<byte> bytes, StringBuilder text)
    {
        if (Width == 1)
        {
            int count = this == Katakana && IsShiftJisPair(bytes) ? 2 : 1;
            text.Append(encoding.GetString(bytes[..count]));
            return count;
        }

        // A pair stays in the half where it began; a lone byte is no character.
        if (bytes.Length < 2 || ((bytes[0] ^ bytes[1]) & 0x80) != 0 || (bytes[1] & 0x7F) is < 0x21 or > 0x7E)
        {
            text.Append('\uFFFD');
            return 1;
        }

        ReadOnlySpan<byte> pair = [(byte)(bytes[0] | 0x80), (byte)((bytes[1] & 0x7F) | secondBits)];
        text.Append(encoding.GetString(pair));
        return 2;
    }

    private static bool IsShiftJisPair(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 2 && bytes[0] is (>= 0x81 and <= 0x9F) or (>= 0xE0 and <= 0xFC) && bytes[1] is (>= 0x40 and <= 0x7E) or (>= 0x80 and <= 0xFC);
}
