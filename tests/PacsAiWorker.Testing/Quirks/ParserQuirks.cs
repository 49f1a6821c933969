using PacsAiWorker.Dicom.Data;
using static PacsAiWorker.Testing.Quirks.Elements;

namespace PacsAiWorker.Testing.Quirks;

/// <summary>A faulty object that scanners, anonymisers or attackers send.</summary>
/// <param name="Id">Its number in the list of what must be handled: P parser, H hostile; a letter behind it tells variants apart.</param>
/// <param name="What">What is wrong with it.</param>
/// <param name="Make">The whole DICOM file; the same bytes each time.</param>
public sealed record Quirk(string Id, string What, Func<byte[]> Make)
{
    public override string ToString() => $"{Id} {What}";
}

/// <summary>The quirks that concern reading a data set up to its pixel data.</summary>
public static class ParserQuirks
{
    private const uint Regions = 0x00186011;
    private static readonly TransferSyntax Implicitly = TransferSyntax.ImplicitVrLittleEndian;
    private static readonly byte[] RegionType = Short(0x00186014, "US", [1, 0]);

    public static IReadOnlyList<Quirk> All { get; } =
    [
        new("P07", "a second delimiter behind a sequence", () => File(PlainImage.Instead(Tags.SequenceOfUltrasoundRegions, Sequence(Regions, RegionType), SequenceEnd))),
        new("P07b", "a second delimiter behind the fragments of the pixel data", () => PlainImage.FileOf(
            PlainImage.Instead(Tags.PixelData, Long(0x7FE00010, "OB", Undefined), Structure(0xE000, 0), Structure(0xE000, 2), [0, 0], SequenceEnd, SequenceEnd),
            TransferSyntax.Rle)),
        new("P08", "an item whose sequence lost its header", () => File(PlainImage.Instead(Tags.SequenceOfUltrasoundRegions, Item, RegionType, ItemEnd, SequenceEnd))),
        new("P09", "public and private sequences of undefined length", () => File(PlainImage.Instead(
            Tags.SequenceOfUltrasoundRegions, Sequence(Regions, RegionType), Sequence(0x00191010, Short(0x00080060, "CS", "US"))))),
        new("P10", "a private group with a film of 3.2 MB", () => File(PlainImage.With(
            0x7FE00000, Short(0x7FDF0010, "LO", "MAKER "), Sequence(0x7FDF1010, Film())))),
        new("P11", "a private group with a whole thumbnail", () => File(PlainImage.With(
            0x7FE00000, Sequence(0x7FDF1010, Short(0x00280010, "US", [2, 0]), Short(0x00280011, "US", [2, 0]), Long(0x7FE00010, "OW", [1, 2, 3, 4])),
            Long(0x7FDF1011, "OB", Undefined), Structure(0xE000, 0), Structure(0xE000, 2), [0xFF, 0xD8], SequenceEnd))),
        new("P12", "a private volume behind the pixel data's group", () => File(Join(
            PlainImage.With(0x7FE10000), Short(0x7FE10010, "LO", "MAKER "), Sequence(0x7FE11001, Long(0x7FE11060, "OB", new byte[4096]))))),
        new("P13", "pixel data in an icon before the frame", () => File(PlainImage.With(
            0x7FE00000, Sequence(0x00880200, Short(0x00280010, "US", [2, 0]), Long(0x7FE00010, "OB", [1, 2, 3, 4]))))),
        new("P14", "private sequences of many makers", () => PlainImage.File(set: ManyMakers())),
        new("P15", "a deflated data set with sequences", () => PlainImage.File(TransferSyntax.DeflatedExplicitVrLittleEndian)),
        new("P16", "no preamble", () => PlainImage.File()[128..]),
        new("P16b", "neither preamble nor meta information", () => PlainImage.With(0)),
        new("P16c", "a stray byte instead of preamble and meta information", () => Join([(byte)' '], PlainImage.With(0))),
        new("P17", "no group length in the meta group", () => Join(PlainImage.File()[..132], PlainImage.File()[144..])),
        new("P18", "no transfer syntax, implicit VR, and a first group below 0002", () => Join(
            new byte[128], "DICM"u8.ToArray(), Short(0x00020012, "UI", "1.2.3\0"), Implicit(0x00010010, "MAKER "u8.ToArray()),
            DataSetWriter.Encode(PlainImage.DataSet(), Implicitly))),
        new("P18b", "no transfer syntax, explicit VR big endian", () => Join(
            new byte[128], "DICM"u8.ToArray(), Short(0x00020012, "UI", "1.2.3\0"),
            DataSetWriter.Encode(PlainImage.DataSet(), TransferSyntax.ExplicitVrBigEndian))),
        new("P19", "implicit VR labelled explicit", () => File(DataSetWriter.Encode(PlainImage.DataSet(), Implicitly))),
        new("P19b", "explicit VR labelled implicit", () => PlainImage.FileOf(PlainImage.With(0), Implicitly)),
        new("P19c", "big endian labelled little", () => File(DataSetWriter.Encode(PlainImage.DataSet(), TransferSyntax.ExplicitVrBigEndian))),
        new("P22", "a number of frames that is no number", () => File(PlainImage.With(0x00280008, Short(0x00280008, "IS", "1A")))),
        new("P23", "cut short inside the header", () => PlainImage.File()[..^100]),
        new("P23b", "cut short inside the pixel data", () => PlainImage.File()[..^10]),
        new("P24", "sequences nested 65 deep", () => File(PlainImage.With(0x00400000, Nested(65)))),
        new("P24b", "sequences nested 64 deep", () => File(PlainImage.With(0x00400000, Nested(64)))),
        new("P25", "letters outside the default repertoire without a character set", () => PlainImage.File(set: Latin())),
        new("P26", "an empty character set", () => File(PlainImage.Instead(Tags.SpecificCharacterSet, Short(0x00080005, "CS", "")))),
        new("P27", "a sequence as UN of undefined length, implicit inside", () => File(PlainImage.Instead(
            Tags.SequenceOfUltrasoundRegions, Long(Regions, "UN", Undefined), Item, Implicit(0x00186014, [1, 0]), ItemEnd, SequenceEnd))),
        new("P27b", "a known sequence as UN of defined length, implicit inside", () => File(PlainImage.Instead(
            Tags.SequenceOfUltrasoundRegions, Long(Regions, "UN", Join(Structure(0xE000, 10), Implicit(0x00186014, [1, 0])))))),
        new("P28", "letters that are no VR", () => File(PlainImage.Instead(Tags.Modality, Short(0x00080060, "c?", "US")))),
        new("P28b", "a VR of two letters that nobody knows, with a long length", () => File(PlainImage.With(0x00090000, Long(0x00091001, "ZZ", [1, 2])))),
        new("P29", "zeros behind the data set", () => File(Join(DataSetWriter.Encode(WithoutPixels(), TransferSyntax.ExplicitVrLittleEndian), new byte[126]))),
        new("P30", "decimal strings with a comma, with blanks, and too long", () => File(PlainImage.With(
            0x00181063, Short(0x00181063, "DS", "33,3"), Short(0x00181065, "DS", "0\\ 33.5 \\3 3\\0.12345678901234567890")))),
        new("P31", "values of odd length", () => File(PlainImage.Instead(Tags.PatientID, Short(0x00100020, "LO", "PH1")))),
        .. Hostile(),
    ];

    /// <summary>The quirk of an id.</summary>
    public static Quirk Of(string id) => All.Single(q => q.Id == id);

    private static IEnumerable<Quirk> Hostile() =>
    [
        new("H06", "a length of FFFFFFF0H", () => File(PlainImage.With(0x00290000, Long(0x00291010, "OB", 0xFFFFFFF0, 1, 2)))),
        new("H06b", "an item of FFFFFFF0H bytes", () => File(PlainImage.With(0x00290000, Long(0x00291010, "SQ", Undefined), Structure(0xE000, 0xFFFFFFF0)))),
        new("H07", "sequences nested 20,000 deep", () => File(PlainImage.With(0x00400000, Nested(20_000)))),
        new("H07b", "100,001 items", () => File(PlainImage.With(0x00400000, Long(0x0040A730, "SQ", Undefined), Items(100_001), SequenceEnd))),
        new("H07c", "a deflate bomb", () => PlainImage.FileOf(Bomb(), TransferSyntax.DeflatedExplicitVrLittleEndian)),
        new("H07d", "items outside a sequence nested 1,000 deep", () => File(PlainImage.With(0x00400000, [.. Enumerable.Repeat(Item, 1000)]))),
        new("H11", "a UID that is a path", () => File(PlainImage.Instead(Tags.SeriesInstanceUID, Short(0x0020000E, "UI", "../../etc/passwd")))),
        new("H15", "a text with controls, delimiters and markup", () => File(PlainImage.With(
            0x00081030, Short(0x00081030, "LO", "\u0001|~&'; DROP TABLE x;-- <b>\r\n")))),
    ];

    private static byte[] File(params byte[][] dataSet) => PlainImage.FileOf(Join(dataSet));

    private static DataSet WithoutPixels()
    {
        DataSet set = PlainImage.DataSet();
        set.Remove(Tags.PixelData);
        return set;
    }

    private static DataSet Latin()
    {
        DataSet set = PlainImage.DataSet().SetBytes(Tags.ProtocolName, Vr.LO, new byte[] { 0xC4, (byte)' ' });
        set.Remove(Tags.SpecificCharacterSet);
        return set;
    }

    private static byte[] Nested(int depth)
    {
        byte[] open = Join(Long(0x0040A730, "SQ", Undefined), Item);
        byte[] close = Join(ItemEnd, SequenceEnd);
        return Join([.. Enumerable.Repeat(open, depth), .. Enumerable.Repeat(close, depth)]);
    }

    private static byte[] Items(int count) => Join([.. Enumerable.Repeat(Structure(0xE000, 0), count)]);

    /// <summary>Eight pieces of 400 kB.</summary>
    private static byte[] Film() => Join([.. Enumerable.Range(0, 8).Select(i => Long(0x7FDF1060 + (uint)i, "OB", new byte[400_000]))]);

    private static DataSet ManyMakers()
    {
        DataSet set = PlainImage.DataSet();
        foreach (ushort group in new ushort[] { 0x0019, 0x0021, 0x0055, 0x200D, 0x6003, 0x6301, 0x7FDF })
        {
            var inner = new DataSet().SetBytes(new(group, 0x0010), Vr.LO, "MAKER "u8.ToArray()).SetBytes(new(group, 0x1002), Vr.UN, new byte[] { 1, 2, 3, 4 });
            set.SetBytes(new(group, 0x0010), Vr.LO, "MAKER "u8.ToArray())
                .SetItems(new(group, 0x1001), inner, new DataSet().SetItems(new(group, 0x1001), new DataSet().SetBytes(new(group, 0x1003), Vr.DS, "1.5 "u8.ToArray())));
        }

        return set;
    }

    /// <summary>40 MB of zeros in 40 kB.</summary>
    private static byte[] Bomb()
    {
        using var to = new MemoryStream();
        using (var deflater = new System.IO.Compression.DeflateStream(to, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflater.Write(Long(0x00291010, "OB", 40_000_000, new byte[40_000_000]));
        }

        return to.ToArray();
    }
}
