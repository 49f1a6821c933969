using System.Buffers.Binary;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Tag, VR and length of one element as they stand on the wire (PS3.5 section 7.1.2 explicit, 7.1.3 implicit, 7.5 items and
/// delimiters). <paramref name="Size"/> is the header's own length: 8 or 12 bytes.
/// </summary>
internal readonly record struct ElementHeader(DicomTag Tag, Vr Vr, uint Length, int Size, bool BadVr)
{
    public const uint Undefined = 0xFFFFFFFF;
    public const int MaxSize = 12;

    public bool IsUndefined => Length == Undefined;

    /// <summary>Item, Item Delimitation, Sequence Delimitation: no VR in any syntax.</summary>
    public bool IsStructure => Tag.Group == 0xFFFE;

    /// <summary>Reads a header from the start of <paramref name="bytes"/>; false if more bytes are needed (12 always suffice).</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, bool explicitVr, bool bigEndian, out ElementHeader header)
    {
        header = default;
        if (bytes.Length < 8)
        {
            return false;
        }

        var tag = new DicomTag(U16(bytes, bigEndian), U16(bytes[2..], bigEndian));
        if (tag.Group == 0xFFFE || !explicitVr)
        {
            header = new(tag, tag.Group == 0xFFFE ? Vr.UN : TagDictionary.VrOf(tag), U32(bytes[4..], bigEndian), 8, false);
            return true;
        }

        Vr? known = VrFacts.Parse(bytes[4], bytes[5]);
        bool letters = char.IsAsciiLetterUpper((char)bytes[4]) && char.IsAsciiLetterUpper((char)bytes[5]);

        // VRs added after us have two letters and a 32-bit length (PS3.5 section 6.2, note on new VRs); anything else is damage.
        if (known is { } vr ? !VrFacts.HasLongLength(vr) : !letters)
        {
            header = new(tag, known ?? Vr.UN, U16(bytes[6..], bigEndian), 8, known is null);
            return true;
        }

        if (bytes.Length < MaxSize)
        {
            return false;
        }

        header = new(tag, known ?? Vr.UN, U32(bytes[8..], bigEndian), MaxSize, known is null);
        return true;
    }

    /// <summary>
    /// How the first element of a data set is really encoded, given its label: two letters of a VR behind the tag mean explicit;
    /// none, and a short length that fits what is left, mean implicit. A tag that data sets begin with, but with its bytes exchanged,
    /// means the other byte order. Needs 8 bytes; with fewer the label stands.
    /// </summary>
    public static (bool ExplicitVr, bool BigEndian) Detect(ReadOnlySpan<byte> first, TransferSyntax label, long remaining)
    {
        if (first.Length < 8 || U16(first, label.BigEndian) == 0xFFFE)
        {
            return (label.ExplicitVr, label.BigEndian);
        }

        Vr? known = VrFacts.Parse(first[4], first[5]);
        bool vr = known is not null;
        if (IsFirst(new DicomTag(U16(first, !label.BigEndian), U16(first[2..], !label.BigEndian)), known))
        {
            return (true, !label.BigEndian);
        }

        bool isExplicit = label.ExplicitVr ? vr || U32(first[4..], label.BigEndian) > Math.Min(remaining, ushort.MaxValue) : vr;
        return (isExplicit, label.BigEndian);
    }

    /// <summary>
    /// An element of the groups that data sets begin with, with its own VR. No group of PS3.6 looks like one of these with its bytes
    /// exchanged; of other groups nothing can be told: 0700H may be 0007H, or what damage or a maker left.
    /// </summary>
    private static bool IsFirst(DicomTag tag, Vr? vr) => tag.Group is 0x0002 or 0x0004 or 0x0008 && vr is not Vr.UN && TagDictionary.VrOf(tag) == vr;

    private static ushort U16(ReadOnlySpan<byte> b, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(b) : BinaryPrimitives.ReadUInt16LittleEndian(b);

    private static uint U32(ReadOnlySpan<byte> b, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(b) : BinaryPrimitives.ReadUInt32LittleEndian(b);
}
