using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Testing.Quirks;

namespace PacsAiWorker.Tests.Dicom.Files;

/// <summary>Every faulty object of the list of what must be handled, as far as reading a header goes.</summary>
public sealed class ParserQuirkTests
{
    private static Part10Header Read(string id)
    {
        using var stream = new MemoryStream(ParserQuirks.Of(id).Make(), writable: false);
        return Part10Header.Read(stream, id);
    }

    private static ElementWalker Walk(Part10Header header, byte[] file)
    {
        var walker = new ElementWalker(header.Syntax);
        for (int i = (int)header.DataSetOffset; i < file.Length; i += 97)
        {
            walker.Feed(file.AsSpan(i, Math.Min(97, file.Length - i)));
        }

        return walker;
    }

    /// <summary>What is read in spite of its fault: the flag it gets, or none.</summary>
    public static TheoryData<string, string?> Tolerated => new()
    {
        { "P07", "closes nothing" },
        { "P07b", null },
        { "P08", "outside a sequence" },
        { "P09", null },
        { "P10", null },
        { "P11", null },
        { "P12", null },
        { "P13", null },
        { "P14", null },
        { "P15", null },
        { "P16", "the preamble is missing" },
        { "P16b", "preamble and prefix are missing" },
        { "P16c", "one byte stands before the first element" },
        { "P17", null },
        { "P18", "the transfer syntax is missing, taken for Implicit VR Little Endian" },
        { "P18b", "the transfer syntax is missing, taken for Explicit VR Big Endian" },
        { "P19", "encoded with implicit VR" },
        { "P19b", "encoded with explicit VR" },
        { "P19c", "encoded in big endian" },
        { "P22", null },
        { "P23b", "pixel data is cut short" },
        { "P24b", null },
        { "P25", null },
        { "P26", null },
        { "P27", null },
        { "P27b", null },
        { "P28", "letters that are no VR" },
        { "P28b", "letters that are no VR" },
        { "P29", "bytes without meaning follow" },
        { "P30", null },
        { "P31", null },
        { "H11", null },
        { "H15", null },
    };

    [Theory]
    [MemberData(nameof(Tolerated))]
    public void A_fault_that_leaves_the_structure_clear_is_read_over_and_told(string id, string? flag)
    {
        Part10Header header = Read(id);
        if (flag is null)
        {
            Assert.Empty(header.Flags);
        }
        else
        {
            Assert.Contains(header.Flags, f => f.Contains(flag, StringComparison.Ordinal));
        }

        Assert.Equal(id == "P08", header.Result.Quarantined);
        Assert.Equal(PlainImage.SopInstanceUid, header.Meta.SopInstanceUid);
        Assert.Equal(8, header.Result.DataSet.GetInt(Tags.Rows));
        Assert.Equal("PH1", header.Result.DataSet.GetString(Tags.PatientID));
        Assert.Equal("US", header.Result.DataSet.GetString(Tags.Modality));
        Assert.Equal(id != "P29", header.Result.PixelData is not null);
        if (id is not ("P29" or "P07b"))
        {
            Assert.Equal(64, header.Result.PixelData!.Length);
        }

        // What streams past is understood the same way.
        ElementWalker walker = Walk(header, ParserQuirks.Of(id).Make());
        Assert.True(id == "P29" || walker.Understood, walker.Reason);
        foreach (DicomTag tag in ElementWalker.DefaultWanted)
        {
            Assert.Equal(header.Result.DataSet.GetStrings(tag), walker.ToDataSet().GetStrings(tag));
        }
    }

    [Theory]
    [InlineData("P23", "PS3.5|past the end|ends inside")]
    [InlineData("P24", "64 deep")]
    [InlineData("H06", "(0029,1010) has a length of 4294967280")]
    [InlineData("H06b", "(fffe,e000) has a length of 4294967280")]
    [InlineData("H07", "64 deep")]
    [InlineData("H07b", "one item more than")]
    [InlineData("H07c", "200-fold")]
    [InlineData("H07d", "64 deep")]
    public void What_cannot_be_read_or_costs_too_much_is_refused_with_its_rule(string id, string rules)
    {
        byte[] file = ParserQuirks.Of(id).Make();
        using var stream = new MemoryStream(file, writable: false);
        long before = GC.GetAllocatedBytesForCurrentThread();
        DicomFormatException error = Assert.Throws<DicomFormatException>(() => Part10Header.Read(stream, id));
        Assert.Contains(rules.Split('|'), rule => error.Message.Contains(rule, StringComparison.Ordinal));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void Each_quirk_has_a_test_and_makes_the_same_small_file_each_time()
    {
        Assert.All(ParserQuirks.All, q => Assert.Equal(q.Make(), q.Make()));
        Assert.All(ParserQuirks.All.Where(q => q.Id is not ("P10" or "H07" or "H07b")), q => Assert.InRange(q.Make().Length, 1, 64 * 1024));
        string[] refused = ["P23", "P24", "H06", "H06b", "H07", "H07b", "H07c", "H07d"];
        Assert.Equal(ParserQuirks.All.Select(q => q.Id).Order(), Tolerated.Select(row => (string)row[0]).Concat(refused).Order());
    }

    [Fact]
    public void P10_a_film_in_a_private_group_is_passed_over_without_memory_for_it()
    {
        using var stream = new MemoryStream(ParserQuirks.Of("P10").Make(), writable: false);
        Part10Header.Read(stream, "warm");
        stream.Position = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Part10Header header = Part10Header.Read(stream, "P10");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        Assert.Equal(8, header.Result.DataSet.GetItems(new(0x7FDF, 0x1010))[0].Count(e => e.Omitted));
    }

    [Fact]
    public void P14_private_sequences_write_the_same_bytes_again()
    {
        byte[] file = ParserQuirks.Of("P14").Make();
        using var stream = new MemoryStream(file, writable: false);
        Part10Header header = Part10Header.Read(stream, "P14");
        DataSet set = header.Result.DataSet.SetBytes(Tags.PixelData, Vr.OB, file.AsMemory(file.Length - 64));
        Assert.Equal(file[(int)header.DataSetOffset..], DataSetWriter.Encode(set, TransferSyntax.ExplicitVrLittleEndian));
    }

    [Theory]
    [InlineData("P11")]
    [InlineData("P13")]
    public void P11_P13_the_frame_is_never_a_thumbnail_or_an_icon(string id) =>
        Assert.Equal(ParserQuirks.Of(id).Make().Length - 64, Read(id).Result.PixelData!.Offset);

    [Theory]
    [InlineData("P09")]
    [InlineData("P27")]
    [InlineData("P27b")]
    public void P09_P27_regions_are_found_however_their_sequence_is_encoded(string id) =>
        Assert.Equal(1, Assert.Single(Read(id).Result.DataSet.GetItems(Tags.SequenceOfUltrasoundRegions)).GetInt(Tags.RegionDataType));

    [Fact]
    public void P22_P30_what_is_no_number_is_unknown_and_its_text_is_kept()
    {
        Assert.Null(Read("P22").Result.DataSet.GetInt(Tags.NumberOfFrames));
        Assert.Equal("1A", Read("P22").Result.DataSet.GetString(Tags.NumberOfFrames));
        DataSet set = Read("P30").Result.DataSet;
        Assert.Null(set.GetDouble(Tags.FrameTime));
        Assert.Equal("33,3", set.GetString(Tags.FrameTime));
        Assert.Equal([0, 33.5, null, 0.12345678901234568], Enumerable.Range(0, 4).Select(i => set.GetDouble(Tags.FrameTimeVector, i)));
    }

    [Fact]
    public void P25_P26_text_without_a_character_set_is_shown_as_Latin_1()
    {
        Assert.Equal("Ä", Read("P25").Result.DataSet.GetString(Tags.ProtocolName));
        Assert.Equal("PHANTOM^ONE", Read("P26").Result.DataSet.GetString(Tags.PatientName));
    }

    [Fact]
    public void P31_an_odd_value_is_kept_as_it_came() => Assert.Equal(3, Read("P31").Result.DataSet.Find(Tags.PatientID)!.Length);

    [Fact]
    public void H11_H15_hostile_text_is_given_as_it_came()
    {
        Assert.Equal("../../etc/passwd", Read("H11").Result.DataSet.GetString(Tags.SeriesInstanceUID));
        Assert.Contains("DROP TABLE", Read("H15").Result.DataSet.GetString(Tags.StudyDescription), StringComparison.Ordinal);
    }
}
