using System.Buffers.Binary;
using System.Globalization;

namespace PacsAiWorker.Dicom.Data;

/// <content>Reading values.</content>
public sealed partial class DataSet
{
    /// <summary>The first value as text, padding removed; null where absent, empty or no text.</summary>
    public string? GetString(DicomTag tag)
    {
        IReadOnlyList<string> values = GetStrings(tag);
        return values.Count == 0 || values[0].Length == 0 ? null : values[0];
    }

    /// <summary>All values as text, padding removed, empty ones kept as ""; empty where the element is absent, empty or no text.</summary>
    public IReadOnlyList<string> GetStrings(DicomTag tag)
    {
        DicomElement? element = Find(tag);
        if (element is null || element.Omitted || element.Value.IsEmpty || !(VrFacts.IsText(element.Vr) || element.Vr == Vr.UN))
        {
            return [];
        }

        // A known element that arrived as UN is text if the dictionary says so (PS3.5 section 6.2.2).
        Vr vr = element.Vr == Vr.UN ? TagDictionary.VrOf(tag) : element.Vr;
        if (!VrFacts.IsText(vr))
        {
            return [];
        }

        ReadOnlySpan<byte> bytes = element.Value.Span;
        string text = VrFacts.IsCharacterSetDependent(vr)
            ? CharacterSets.Decode(bytes, CharacterSetTerms(), vr)
            : System.Text.Encoding.Latin1.GetString(bytes);
        if (VrFacts.IsSingleText(vr))
        {
            text = text.TrimEnd(' ', '\0');
            return text.Length == 0 ? [] : [text];
        }

        string[] values = text.Split('\\');
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = values[i].Trim(' ', '\0');
        }

        return values.Length == 1 && values[0].Length == 0 ? [] : values;
    }

    /// <summary>A person's name (VR PN) in its components; null where absent, empty or no text.</summary>
    public PersonName? GetPersonName(DicomTag tag, int index = 0)
    {
        IReadOnlyList<string> values = GetStrings(tag);
        return index >= 0 && index < values.Count && values[index].Length > 0 ? PersonName.Parse(values[index]) : null;
    }

    /// <summary>A whole number (US, SS, UL, SL, UV, SV or IS); null where there is none or it does not fit 32 bits.</summary>
    public int? GetInt(DicomTag tag, int index = 0)
    {
        Vr? vr = NumberVr(tag);
        if (vr == Vr.IS)
        {
            IReadOnlyList<string> values = GetStrings(tag);
            return index < values.Count && int.TryParse(values[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
                ? value
                : null;
        }

        double? number = vr is Vr.US or Vr.SS or Vr.UL or Vr.SL or Vr.UV or Vr.SV ? Binary(tag, vr.Value, index) : null;
        return number is >= int.MinValue and <= int.MaxValue ? (int)number.Value : null;
    }

    /// <summary>A number of any numeric VR; null where there is none or it is not finite.</summary>
    public double? GetDouble(DicomTag tag, int index = 0)
    {
        Vr? vr = NumberVr(tag);
        if (vr is Vr.DS or Vr.IS)
        {
            IReadOnlyList<string> values = GetStrings(tag);
            return index < values.Count ? DecimalString.Parse(values[index]) : null;
        }

        return vr is null ? null : Binary(tag, vr.Value, index);
    }

    /// <summary>The value's bytes, little endian, padding included; null where absent, a sequence, or not kept.</summary>
    public ReadOnlyMemory<byte>? GetBytes(DicomTag tag) =>
        Find(tag) is { Omitted: false, Items: null } element ? element.Value : null;

    /// <summary>The items of a sequence; empty where absent or no sequence.</summary>
    public IReadOnlyList<DataSet> GetItems(DicomTag tag) => Find(tag)?.Items ?? [];

    /// <summary>The defined terms of Specific Character Set that govern this data set, its own or inherited; empty for the default.</summary>
    internal IReadOnlyList<string> CharacterSetTerms()
    {
        for (DataSet? set = this; set is not null; set = set.parent)
        {
            // Not by GetStrings: sent with a VR that depends on the character set, it would ask for itself without end.
            if (set.Find(Tags.SpecificCharacterSet) is { } element)
            {
                return element.Value.IsEmpty ? [] : System.Text.Encoding.Latin1.GetString(element.Value.Span).Split('\\');
            }
        }

        return [];
    }

    /// <summary>Pixel Representation, its own or that of an enclosing data set, is 1 (PS3.3 C.7.6.3).</summary>
    internal bool HasSignedPixels =>
        Contains(Tags.PixelRepresentation) ? GetInt(Tags.PixelRepresentation) == 1 : parent is { HasSignedPixels: true };

    private Vr? NumberVr(DicomTag tag)
    {
        Vr? vr = Find(tag)?.Vr;
        return vr == Vr.UN ? TagDictionary.VrOf(tag) : vr;
    }

    private double? Binary(DicomTag tag, Vr vr, int index)
    {
        int width = vr is Vr.OW ? 0 : VrFacts.Width(vr);
        ReadOnlyMemory<byte> value = GetBytes(tag) ?? default;
        if (index < 0 || width < 2 || (long)(index + 1) * width > value.Length)
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = value.Span.Slice(index * width, width);
        double? number = vr switch
        {
            Vr.US => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            Vr.SS => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            Vr.UL => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            Vr.SL => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            Vr.UV => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            Vr.SV => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            Vr.FL => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            Vr.FD => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            _ => null,
        };
        return number is { } n && double.IsFinite(n) ? n : null;
    }
}
