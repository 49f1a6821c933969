using PacsAiWorker.Dicom.Data;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Data;

public class ElementWalkerTests
{
    private static readonly TransferSyntax Explicit = TransferSyntax.ExplicitVrLittleEndian;

    private static ElementWalker Walk(byte[] bytes, TransferSyntax syntax, int step)
    {
        var walker = new ElementWalker(syntax);
        for (int i = 0; i < bytes.Length; i += step)
        {
            walker.Feed(bytes.AsSpan(i, Math.Min(step, bytes.Length - i)));
        }

        return walker;
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(7, true)]
    [InlineData(13, false)]
    [InlineData(100_000, true)]
    public void Values_are_captured_however_the_bytes_are_cut(int step, bool explicitVr)
    {
        TransferSyntax syntax = explicitVr ? Explicit : TransferSyntax.ImplicitVrLittleEndian;
        ElementWalker walker = Walk(DataSetWriter.Encode(DataSetRoundTripTests.Example(), syntax), syntax, step);
        Assert.True(walker.Understood, walker.Reason);
        DataSet set = walker.ToDataSet();
        Assert.Equal("Müller^Jörg", set.GetString(Tags.PatientName));
        Assert.Equal(480, set.GetInt(Tags.Rows));
        Assert.Equal(3, set.GetInt(Tags.NumberOfFrames));
        Assert.False(walker.Captured.ContainsKey(Tags.SequenceOfUltrasoundRegions));
    }

    [Fact]
    public void It_stops_for_good_at_the_pixel_data()
    {
        byte[] bytes = DataSetWriter.Encode(DataSetRoundTripTests.Example().SetBytes(Tags.PixelData, Vr.OW, new byte[100]), Explicit);
        ElementWalker walker = Walk(bytes[..^50], Explicit, 50);
        Assert.True(walker.AtPixelData);
        walker.Feed(new byte[1000]);
        Assert.True(walker.Understood);
    }

    [Fact]
    public void A_data_set_cut_short_is_not_understood()
    {
        byte[] bytes = DataSetWriter.Encode(DataSetRoundTripTests.Example(), Explicit);
        ElementWalker walker = Walk(bytes[..^1], Explicit, 64);
        Assert.False(walker.Understood);
        Assert.Contains("(0029,1010)", walker.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_of_undefined_length_are_walked_and_bounded()
    {
        byte[] open = [0x40, 0, 0x30, 0xA7, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
        byte[] close = [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
        byte[] Nested(int depth) => [.. Enumerable.Repeat(open, depth).SelectMany(b => b), .. Enumerable.Repeat(close, depth).SelectMany(b => b)];
        Assert.True(Walk(Nested(64), Explicit, 11).Understood);
        Assert.Contains("64 deep", Walk(Nested(65), Explicit, 11).Reason, StringComparison.Ordinal);
        Assert.False(Walk(Nested(3)[..^8], Explicit, 11).Understood);
    }

    /// <summary>Else a study that an item refers to would be taken for the study of the object.</summary>
    [Theory]
    [InlineData(18, 40, 1, "9")]
    [InlineData(18, 40, 100, "9")]
    [InlineData(10, 40, 7, "9")]
    [InlineData(48, 40, 7, "9")]
    [InlineData(48, -1, 7, "9")]
    [InlineData(48, 0x7FFFFFFF, 100, "9")]
    [InlineData(18, 1000, 7, null)]
    public void An_item_longer_than_its_sequence_counts(int sequence, int item, int step, string? study)
    {
        byte[] Number(int number) => [(byte)number, (byte)(number >> 8), (byte)(number >> 16), (byte)(number >> 24)];
        byte[] Study(char digit) => [0x20, 0, 0x0D, 0, (byte)'U', (byte)'I', 2, 0, (byte)digit, 0];
        byte[] bytes =
        [
            0x08, 0, 0x00, 0x12, (byte)'S', (byte)'Q', 0, 0, .. Number(sequence), 0xFE, 0xFF, 0, 0xE0, .. Number(item),
            .. Study('1'), .. Study('2'), .. Study('3'), .. Study('4'), .. Study('9'),
        ];
        ElementWalker walker = Walk(bytes, Explicit, step);
        Assert.Equal(study, walker.ToDataSet().GetString(Tags.StudyInstanceUID));
        Assert.Equal(study is not null, walker.Understood);
        if (item == 40)
        {
            Assert.Equal(study, DataSetReader.Read(bytes, Explicit).DataSet.GetString(Tags.StudyInstanceUID));
        }
    }

    /// <summary>Found by fuzzing: the items' bytes were taken for the patient's name.</summary>
    [Fact]
    public void A_wanted_element_that_was_sent_as_a_sequence_has_no_value()
    {
        byte[] bytes =
        [
            0x10, 0, 0x10, 0, .. "SQ"u8, 0, 0, 18, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 10, 0, 0, 0, 0x10, 0, 0x20, 0, .. "LO"u8, 2, 0, .. "AB"u8,
            0x10, 0, 0x40, 0, .. "CS"u8, 2, 0, .. "O "u8,
        ];
        ElementWalker walker = Walk(bytes, Explicit, 5);
        Assert.True(walker.Understood);
        Assert.Equal([Tags.PatientSex], walker.Captured.Keys);
    }

    [Fact]
    public void Long_values_are_left_out()
    {
        DataSet set = new DataSet().Set(Tags.StudyDescription, new string('x', 2000)).Set(Tags.PatientID, "1");
        ElementWalker walker = Walk(DataSetWriter.Encode(set, Explicit), Explicit, 100);
        Assert.Equal([Tags.PatientID], walker.Captured.Keys);
    }

    [Fact]
    public void Numbers_of_a_big_endian_data_set_come_out_right()
    {
        byte[] bytes = [0, 0x28, 0, 0x10, (byte)'U', (byte)'S', 0, 2, 0x01, 0xE0];
        Assert.Equal(480, Walk(bytes, TransferSyntax.ExplicitVrBigEndian, 3).ToDataSet().GetInt(Tags.Rows));
    }
}
