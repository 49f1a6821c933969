using System.Text;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// ISO 2022 as DICOM uses it (PS3.5 section 6.1.2.5): escape sequences designate and invoke a code element in G0 or G1, and both
/// return to what the first value of Specific Character Set says at control characters and delimiters (section 6.1.2.5.3).
/// </summary>
internal ref struct Iso2022
{
    public const byte Escape = 0x1B;

    private readonly CodeHalf firstUpper;
    private readonly Vr vr;
    private CodeHalf lower = CodeHalf.Ascii;
    private CodeHalf upper;

    /// <param name="upper">What bytes from 80H mean at the start and after each delimiter.</param>
    /// <param name="vr">Decides what is a delimiter.</param>
    public Iso2022(CodeHalf upper, Vr vr)
    {
        firstUpper = upper;
        this.upper = upper;
        this.vr = vr;
    }

    public string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[Next(bytes, text)..];
        }

        return text.ToString();
    }

    private int Next(ReadOnlySpan<byte> bytes, StringBuilder text)
    {
        byte next = bytes[0];
        if (next == Escape && Designate(bytes[1..]) is > 0 and var length)
        {
            return 1 + length;
        }

        if (next >= 0x80)
        {
            return next < 0xA1 && upper.Width == 2 ? Itself(next, text) : upper.Decode(bytes, text);
        }

        if (next <= 0x20 || next == 0x7F || lower.Width == 1)
        {
            if (Resets(next))
            {
                (lower, upper) = (CodeHalf.Ascii, firstUpper);
            }

            return Itself(next, text);
        }

        return lower.Decode(bytes, text);
    }

    private static int Itself(byte value, StringBuilder text)
    {
        text.Append((char)value);
        return 1;
    }

    /// <summary>Control characters except ESC; '\' between values; '^' and '=' in names.</summary>
    private readonly bool Resets(byte value) => value switch
    {
        < 0x20 => value != Escape,
        (byte)'\\' => !VrFacts.IsSingleText(vr),
        (byte)'^' or (byte)'=' => vr == Vr.PN,
        _ => false,
    };

    /// <summary>Obeys the sequence behind an ESC (PS3.3 tables C.12-3 and C.12-4).</summary>
    /// <returns>Its bytes without the ESC; 0 if it is none that DICOM knows.</returns>
    private int Designate(ReadOnlySpan<byte> bytes)
    {
        (int length, CodeHalf? toLower, CodeHalf? toUpper) = bytes switch
        {
            [(byte)'$', (byte)'(', (byte)'D', ..] => (3, CodeHalf.SupplementaryKanji, null),
            [(byte)'$', (byte)')', (byte)'C', ..] => (3, null, CodeHalf.Korean),
            [(byte)'$', (byte)')', (byte)'A', ..] => (3, null, CodeHalf.Chinese),
            [(byte)'$', (byte)'B' or (byte)'@', ..] => (2, CodeHalf.Kanji, null),
            [(byte)'(', (byte)'B' or (byte)'J', ..] => (2, CodeHalf.Ascii, null),
            [(byte)')', (byte)'I', ..] => (2, null, CodeHalf.Katakana),
            [(byte)'-', var final, ..] when RegisteredPart(final) is { } part => (2, null, part),
            _ => (0, (CodeHalf?)null, (CodeHalf?)null),
        };
        lower = toLower ?? lower;
        upper = toUpper ?? upper;
        return length;
    }

    /// <summary>The final byte of the escape sequence of a 96-character set.</summary>
    private static CodeHalf? RegisteredPart(byte final) => final switch
    {
        (byte)'A' => CodeHalf.Latin1,
        (byte)'B' => CodeHalf.OfIsoIr(101),
        (byte)'C' => CodeHalf.OfIsoIr(109),
        (byte)'D' => CodeHalf.OfIsoIr(110),
        (byte)'F' => CodeHalf.OfIsoIr(126),
        (byte)'G' => CodeHalf.OfIsoIr(127),
        (byte)'H' => CodeHalf.OfIsoIr(138),
        (byte)'L' => CodeHalf.OfIsoIr(144),
        (byte)'M' => CodeHalf.OfIsoIr(148),
        (byte)'T' => CodeHalf.OfIsoIr(166),
        (byte)'b' => CodeHalf.OfIsoIr(203),
        _ => null,
    };
}
