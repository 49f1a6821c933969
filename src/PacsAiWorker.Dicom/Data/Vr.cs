namespace PacsAiWorker.Dicom.Data;

/// <summary>Value representations (PS3.5 section 6.2).</summary>
public enum Vr
{
    AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, OB, OD, OF, OL, OV, OW, PN, SH, SL, SQ, SS, ST, SV, TM, UC, UI, UL, UN, UR, US, UT, UV,
}

/// <summary>What PS3.5 says of each VR: length field, padding, byte order, text.</summary>
internal static class VrFacts
{
    private static readonly Vr[] All = Enum.GetValues<Vr>();

    /// <summary>The VR whose two letters these bytes are, or null.</summary>
    public static Vr? Parse(byte first, byte second)
    {
        foreach (Vr vr in All)
        {
            string name = Names[(int)vr];
            if (name[0] == first && name[1] == second)
            {
                return vr;
            }
        }

        return null;
    }

    public static string Name(Vr vr) => Names[(int)vr];

    /// <summary>Two reserved bytes and a 32-bit length in explicit VR (PS3.5 table 7.1-1); all others have a 16-bit length.</summary>
    public static bool HasLongLength(Vr vr) =>
        vr is Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.SQ or Vr.SV or Vr.UC or Vr.UN or Vr.UR or Vr.UT or Vr.UV;

    /// <summary>Values are text in some repertoire; padded with a space.</summary>
    public static bool IsText(Vr vr) =>
        vr is Vr.AE or Vr.AS or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.IS or Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or Vr.TM
            or Vr.UC or Vr.UI or Vr.UR or Vr.UT;

    /// <summary>Text that Specific Character Set governs (PS3.5 section 6.1.2.3).</summary>
    public static bool IsCharacterSetDependent(Vr vr) => vr is Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or Vr.UC or Vr.UT;

    /// <summary>One value only: the backslash is an ordinary character and leading spaces count (PS3.5 section 6.2).</summary>
    public static bool IsSingleText(Vr vr) => vr is Vr.LT or Vr.ST or Vr.UT or Vr.UR;

    /// <summary>Padding to even length: NUL for UI and bytes, a space for text (PS3.5 section 6.2).</summary>
    public static byte Padding(Vr vr) => IsText(vr) && vr != Vr.UI ? (byte)' ' : (byte)0;

    /// <summary>Bytes of one number, which big endian reverses (PS3.5 section 7.3); 1 where there is nothing to reverse.</summary>
    public static int Width(Vr vr) => vr switch
    {
        Vr.US or Vr.SS or Vr.AT or Vr.OW => 2,
        Vr.UL or Vr.SL or Vr.FL or Vr.OF or Vr.OL => 4,
        Vr.FD or Vr.OD or Vr.OV or Vr.SV or Vr.UV => 8,
        _ => 1,
    };

    /// <summary>Reverses the bytes of each number in place. A rest shorter than one number is left as it is.</summary>
    public static void Swap(Vr vr, Span<byte> value)
    {
        int width = Width(vr);
        for (int i = 0; width > 1 && i + width <= value.Length; i += width)
        {
            value.Slice(i, width).Reverse();
        }
    }

    private static readonly string[] Names = Array.ConvertAll(Enum.GetValues<Vr>(), v => v.ToString());
}
