using PacsAiWorker.Dicom.Data;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Data;

public class DataSetReaderTests
{
    private static readonly TransferSyntax Explicit = TransferSyntax.ExplicitVrLittleEndian;
    private static readonly TransferSyntax Implicit = TransferSyntax.ImplicitVrLittleEndian;
    private static readonly byte[] Modality = [0x08, 0, 0x60, 0, (byte)'C', (byte)'S', 2, 0, (byte)'U', (byte)'S'];
    private static readonly byte[] Undefined = [0xFF, 0xFF, 0xFF, 0xFF];
    private static readonly byte[] ItemUndefined = [0xFE, 0xFF, 0x00, 0xE0, .. Undefined];
    private static readonly byte[] ItemEnd = [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0];
    private static readonly byte[] SequenceEnd = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

    private static byte[] LongHeader(ushort group, ushort element, string vr, params byte[] length) =>
        [(byte)group, (byte)(group >> 8), (byte)element, (byte)(element >> 8), (byte)vr[0], (byte)vr[1], 0, 0, .. length];

    private static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => p)];

    private static DicomFormatException Refused(byte[] bytes, string rule, TransferSyntax? syntax = null, ReadLimits? limits = null)
    {
        DicomFormatException error = Assert.Throws<DicomFormatException>(() => DataSetReader.Read(bytes, syntax ?? Explicit, limits));
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        return error;
    }

    [Fact]
    public void P09_sequences_of_undefined_length_are_read()
    {
        byte[] bytes = Join(
            LongHeader(0x0018, 0x6011, "SQ", Undefined), ItemUndefined, Modality, ItemEnd, ItemUndefined, ItemEnd, SequenceEnd,
            LongHeader(0x0029, 0x1001, "SQ", Undefined), SequenceEnd);
        ReadResult result = DataSetReader.Read(bytes, Explicit);
        Assert.Empty(result.Flags);
        Assert.Equal(2, result.DataSet.GetItems(Tags.SequenceOfUltrasoundRegions).Count);
        Assert.Equal("US", result.DataSet.GetItems(Tags.SequenceOfUltrasoundRegions)[0].GetString(Tags.Modality));
    }

    [Fact]
    public void P27_a_UN_of_undefined_length_is_implicit_inside()
    {
        byte[] inside = [0x08, 0, 0x60, 0, 2, 0, 0, 0, (byte)'U', (byte)'S'];
        byte[] bytes = Join(LongHeader(0x0029, 0x1001, "UN", Undefined), ItemUndefined, inside, ItemEnd, SequenceEnd, Modality[..4], Modality[4..]);
        ReadResult result = DataSetReader.Read(Join(LongHeader(0x0007, 0x1001, "UN", Undefined), ItemUndefined, inside, ItemEnd, SequenceEnd, Modality), Explicit);
        Assert.Equal("US", result.DataSet.GetItems(new DicomTag(0x0007, 0x1001))[0].GetString(Tags.Modality));
        Assert.Equal("US", result.DataSet.GetString(Tags.Modality));
        Assert.Equal(2, DataSetReader.Read(bytes, Explicit).DataSet.Count);
    }

    [Fact]
    public void A_known_sequence_that_came_as_UN_is_read_as_one()
    {
        byte[] inside = [0x18, 0, 0x14, 0x60, 2, 0, 0, 0, 3, 0];
        byte[] bytes = Join(LongHeader(0x0018, 0x6011, "UN", 18, 0, 0, 0), [0xFE, 0xFF, 0x00, 0xE0, 10, 0, 0, 0], inside);
        Assert.Equal(3, DataSetReader.Read(bytes, Explicit).DataSet.GetItems(Tags.SequenceOfUltrasoundRegions)[0].GetInt(Tags.RegionDataType));
    }

    [Fact]
    public void P07_a_second_delimiter_is_tolerated_and_told() =>
        Assert.Contains("closes nothing", Assert.Single(DataSetReader.Read(Join(SequenceEnd, Modality), Explicit).Flags), StringComparison.Ordinal);

    [Fact]
    public void P08_an_item_outside_a_sequence_is_read_over_and_the_data_set_quarantined()
    {
        byte[] inside = Join([0x18, 0, 0x14, 0x60, (byte)'U', (byte)'S', 2, 0, 3, 0]);
        byte[] manufacturer = [0x20, 0, 0x10, 0, (byte)'S', (byte)'H', 2, 0, (byte)'A', (byte)'B'];
        foreach (byte[] orphans in new[]
        {
            Join(ItemUndefined, inside, ItemEnd, ItemUndefined, ItemEnd, SequenceEnd),
            Join(ItemUndefined, inside, ItemEnd),
            Join([0xFE, 0xFF, 0x00, 0xE0, 10, 0, 0, 0], inside),
            Join(ItemUndefined, ItemUndefined, inside, ItemEnd, inside, ItemEnd),
        })
        {
            byte[] bytes = Join(Modality, orphans, manufacturer);
            ReadResult result = DataSetReader.Read(bytes, Explicit);
            Assert.True(result.Quarantined);
            Assert.Equal([Tags.Modality, Tags.StudyID], result.DataSet.Select(e => e.Tag));
            Assert.Contains(result.Flags, f => f.Contains("outside a sequence", StringComparison.Ordinal));
            var walker = new ElementWalker(Explicit);
            walker.Feed(bytes);
            Assert.True(walker.Understood, walker.Reason);
            Assert.Equal("AB", walker.ToDataSet().GetString(Tags.StudyID));
        }

        Refused(Join(Modality, ItemUndefined), "without its delimiter");
        Refused(Join(Enumerable.Repeat(ItemUndefined, 1000).ToArray()), "64 deep");
    }

    [Fact]
    public void An_item_longer_than_its_sequence_is_read_as_far_as_it_goes_and_told()
    {
        byte[] header = [0xFE, 0xFF, 0x00, 0xE0, 30, 0, 0, 0];
        ReadResult clipped = DataSetReader.Read(Join(LongHeader(0x0018, 0x6011, "SQ", 18, 0, 0, 0), header, Modality), Explicit);
        ReadResult stretched = DataSetReader.Read(Join(LongHeader(0x0018, 0x6011, "SQ", 18, 0, 0, 0), header, Modality, Modality, Modality), Explicit);
        foreach (ReadResult result in new[] { clipped, stretched })
        {
            Assert.Contains("longer than its sequence", result.Flags[0], StringComparison.Ordinal);
            Assert.Equal("US", result.DataSet.GetItems(Tags.SequenceOfUltrasoundRegions)[0].GetString(Tags.Modality));
        }
    }

    [Fact]
    public void The_other_byte_order_than_labelled_is_found_out()
    {
        byte[] bytes = DataSetWriter.Encode(DataSetRoundTripTests.Example(), TransferSyntax.ExplicitVrBigEndian);
        ReadResult result = DataSetReader.Read(bytes, Explicit);
        Assert.Equal(480, result.DataSet.GetInt(Tags.Rows));
        Assert.Contains("big endian", Assert.Single(result.Flags), StringComparison.Ordinal);
    }

    /// <summary>Found by fuzzing: a first group of which only one byte order looks small was taken for the other order.</summary>
    [Theory]
    [InlineData(0x0700, 0x2E32)]
    [InlineData(0x0C00, 0x4850)]
    [InlineData(0x0800, 0x2E32)]
    [InlineData(0x0800, 0x0500)]
    public void A_first_group_of_no_standard_is_not_taken_for_one_with_its_bytes_exchanged(int group, int element)
    {
        var tag = new DicomTag((ushort)group, (ushort)element);
        byte[] sent = [0, (byte)(group >> 8), (byte)element, (byte)(element >> 8), 2, 0, 0, 0, 1, 2];
        byte[] written = DataSetWriter.Encode(DataSetReader.Read(sent, Implicit).DataSet, Explicit);
        ReadResult result = DataSetReader.Read(written, Explicit);
        Assert.Equal(tag, Assert.Single(result.DataSet).Tag);
        Assert.Empty(result.Flags);
        Assert.Equal(written, DataSetWriter.Encode(result.DataSet, Explicit));
    }

    [Theory]
    [InlineData(0, 65531)]
    [InlineData(1, -5)]
    public void US_or_SS_has_its_sign_from_the_pixels_where_no_VR_is_sent(int representation, int value)
    {
        byte[] Number(byte group, byte element, byte second, int number) =>
            [group, 0, element, second, 2, 0, 0, 0, (byte)number, (byte)(number >> 8)];
        byte[] pixels = Number(0x28, 0x03, 0x01, representation);
        byte[] smallest = Number(0x28, 0x06, 0x01, -5);
        byte[] item = Join([0xFE, 0xFF, 0x00, 0xE0, 10, 0, 0, 0], Number(0x28, 0x02, 0x30, -5));
        DataSet set = DataSetReader.Read(Join(pixels, smallest, [0x28, 0, 0, 0x30, 18, 0, 0, 0], item), Implicit).DataSet;
        Assert.Equal(value, set.GetInt(Tags.SmallestImagePixelValue));
        Assert.Equal(value, set.GetItems(new DicomTag(0x0028, 0x3000))[0].GetInt(new DicomTag(0x0028, 0x3002)));
        Assert.Equal(representation, set.GetInt(Tags.PixelRepresentation));
    }

    [Fact]
    public void P10_P11_big_private_values_and_thumbnails_are_skipped()
    {
        byte[] big = new byte[2 << 20];
        byte[] fragment = [0xFE, 0xFF, 0x00, 0xE0, 4, 0, 0, 0, 1, 2, 3, 4];
        byte[] bytes = Join(
            Modality,
            LongHeader(0x0029, 0x1010, "OB", 0, 0, 0x20, 0), big,
            LongHeader(0x7FDF, 0x1010, "OB", Undefined), fragment, fragment, SequenceEnd,
            LongHeader(0x7FE0, 0x0010, "OB", Undefined), fragment);
        ReadResult result = DataSetReader.Read(bytes, TransferSyntax.JpegBaseline);
        Assert.True(result.DataSet.Find(new DicomTag(0x0029, 0x1010))!.Omitted);
        Assert.True(result.DataSet.Find(new DicomTag(0x7FDF, 0x1010))!.Omitted);
        Assert.Equal(new PixelDataLocation(Vr.OB, bytes.Length - fragment.Length, -1), result.PixelData);
        Assert.Throws<InvalidOperationException>(() => DataSetWriter.Encode(result.DataSet, Explicit));
    }

    [Fact]
    public void P13_pixel_data_in_a_sequence_is_never_the_frame()
    {
        byte[] bytes = Join(
            LongHeader(0x0088, 0x0200, "SQ", Undefined), ItemUndefined, LongHeader(0x7FE0, 0x0010, "OB", 2, 0, 0, 0), [1, 2], ItemEnd, SequenceEnd);
        ReadResult result = DataSetReader.Read(bytes, Explicit);
        Assert.Null(result.PixelData);
        Assert.Equal(2, result.DataSet.GetItems(Tags.IconImageSequence)[0].GetBytes(Tags.PixelData)!.Value.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void P19_the_other_VR_encoding_than_labelled_is_found_out(bool labelledExplicit)
    {
        byte[] bytes = DataSetWriter.Encode(DataSetRoundTripTests.Example(), labelledExplicit ? Implicit : Explicit);
        ReadResult result = DataSetReader.Read(bytes, labelledExplicit ? Explicit : Implicit);
        Assert.Equal(480, result.DataSet.GetInt(Tags.Rows));
        Assert.Equal(!labelledExplicit, result.ExplicitVr);
        Assert.Single(result.Flags);
    }

    [Fact]
    public void P28_letters_that_are_no_VR_are_read_over()
    {
        byte[] bad = [0x08, 0, 0x61, 0, (byte)'?', (byte)'?', 2, 0, 1, 2];
        ReadResult result = DataSetReader.Read(Join(Modality, bad, [0x08, 0, 0x70, 0, (byte)'L', (byte)'O', 2, 0, (byte)'A', (byte)'B']), Explicit);
        Assert.Equal("AB", result.DataSet.GetString(Tags.Manufacturer));
        Assert.Contains("no VR", Assert.Single(result.Flags), StringComparison.Ordinal);
    }

    [Fact]
    public void P29_zeros_behind_the_data_set_are_ignored() =>
        Assert.Equal("US", DataSetReader.Read(Join(Modality, new byte[100]), Explicit).DataSet.GetString(Tags.Modality));

    [Fact]
    public void P22_P30_a_number_that_is_none_is_unknown_and_its_text_is_kept()
    {
        DataSet set = new DataSet().Set(Tags.NumberOfFrames, "1A").Set(Tags.FrameTime, "33,3").Set(Tags.PatientWeight, " 70.5 ");
        Assert.Null(set.GetInt(Tags.NumberOfFrames));
        Assert.Null(set.GetDouble(Tags.FrameTime));
        Assert.Equal("33,3", set.GetString(Tags.FrameTime));
        Assert.Equal(70.5, set.GetDouble(Tags.PatientWeight));
    }

    [Fact]
    public void P31_an_odd_length_is_read_and_padded_only_by_us()
    {
        byte[] odd = [0x08, 0, 0x60, 0, (byte)'C', (byte)'S', 3, 0, (byte)'U', (byte)'S', (byte)'X'];
        DataSet set = DataSetReader.Read(odd, Explicit).DataSet;
        Assert.Equal("USX", set.GetString(Tags.Modality));
        Assert.Equal(12, DataSetWriter.Encode(set, Explicit).Length);
    }

    [Theory]
    [InlineData(0xF0)]
    [InlineData(0x10)]
    public void H06_a_length_past_the_end_is_refused_with_tag_and_offset(byte low)
    {
        byte[] bytes = Join(Modality, LongHeader(0x0029, 0x1010, "OB", low, 0xFF, 0xFF, 0x7F), [1, 2]);
        DicomFormatException error = Refused(bytes, "(0029,1010)");
        Assert.Equal(Modality.Length, error.ByteOffset);
        Assert.Contains("at byte 10", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_element_may_not_leave_its_item()
    {
        byte[] bytes = Join(LongHeader(0x0018, 0x6011, "SQ", 16, 0, 0, 0), [0xFE, 0xFF, 0x00, 0xE0, 8, 0, 0, 0], Modality[..8], [(byte)'U', (byte)'S']);
        Refused(bytes, "past the end of sequence (0018,6011)");
    }

    [Fact]
    public void H07_P24_nesting_has_a_limit()
    {
        byte[] level = Join(LongHeader(0x0040, 0xA730, "SQ", Undefined), ItemUndefined);
        byte[] Nested(int depth) => Join(Enumerable.Repeat(level, depth).Concat(Enumerable.Repeat(Join(ItemEnd, SequenceEnd), depth)).ToArray());
        Assert.Single(DataSetReader.Read(Nested(64), Explicit).DataSet);
        Refused(Nested(65), "64 deep");
        Refused(Join(Enumerable.Repeat(level, 100_000).ToArray()), "64 deep");
    }

    [Fact]
    public void H07_items_and_elements_have_limits()
    {
        byte[] sequence = Join(LongHeader(0x0018, 0x6011, "SQ", Undefined), ItemUndefined, ItemEnd, ItemUndefined, ItemEnd, ItemUndefined, ItemEnd, SequenceEnd);
        Refused(sequence, "one item more than 2", limits: new ReadLimits(Items: 2));
        Refused(Join(Modality, Modality, Modality), "more than 2 elements", limits: new ReadLimits(Elements: 2));
    }

    [Fact]
    public void H07_a_hundred_thousand_items_are_read_in_64_MB_and_one_more_is_refused()
    {
        byte[] Sequence(int items) => Join([LongHeader(0x0040, 0xA730, "SQ", Undefined), .. Enumerable.Repeat(Join(ItemUndefined, ItemEnd), items), SequenceEnd]);
        byte[] most = Sequence(100_000), more = Sequence(100_001);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(100_000, DataSetReader.Read(most, Explicit).DataSet.GetItems(Tags.ContentSequence).Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64_000_000);
        before = GC.GetAllocatedBytesForCurrentThread();
        Refused(more, "one item more than 100000");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64_000_000);
    }

    [Fact]
    public void Kept_bytes_have_a_limit_and_the_rest_is_marked()
    {
        ReadResult result = DataSetReader.Read(
            DataSetWriter.Encode(DataSetRoundTripTests.Example(), Explicit), Explicit, new ReadLimits(TotalBytes: 40));
        Assert.Contains(result.DataSet, e => e.Omitted);
        Assert.True(result.DataSet.Where(e => !e.Omitted).Sum(e => e.Length) <= 40);
    }

    [Fact]
    public void P23_every_truncation_is_an_error_or_a_shorter_data_set_but_never_a_crash()
    {
        foreach (TransferSyntax syntax in new[] { Explicit, Implicit })
        {
            byte[] bytes = DataSetWriter.Encode(DataSetRoundTripTests.Example(), syntax);
            for (int length = 0; length < bytes.Length; length++)
            {
                OnlyFormatErrors(bytes[..length], syntax);
            }
        }
    }

    [Fact]
    public void Random_damage_is_an_error_or_a_data_set_but_never_a_crash()
    {
        var random = new Random(11);
        byte[] bytes = DataSetWriter.Encode(DataSetRoundTripTests.Example(), Explicit);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. bytes];
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            OnlyFormatErrors(damaged, Explicit);
        }
    }

    private static void OnlyFormatErrors(byte[] bytes, TransferSyntax syntax)
    {
        var walker = new ElementWalker(syntax);
        walker.Feed(bytes);
        _ = walker.ToDataSet().GetString(Tags.PatientName);
        try
        {
            foreach (DicomElement element in DataSetReader.Read(bytes, syntax).DataSet)
            {
                _ = element.Omitted;
            }
        }
        catch (DicomFormatException e)
        {
            Assert.InRange(e.ByteOffset, 0, bytes.Length);
        }
    }

    [Fact]
    public void P20_compressed_pixels_under_a_native_label_are_flagged() => Assert.Contains(
        "encapsulated", Assert.Single(DataSetReader.Read(Join(Modality, LongHeader(0x7FE0, 0x0010, "OB", Undefined)), Explicit).Flags), StringComparison.Ordinal);
}
