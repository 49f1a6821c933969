using PacsAiWorker.Dicom.Data;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Data;

public class DataSetRoundTripTests
{
    public static DataSet Example() => new DataSet()
        .Set(Tags.SpecificCharacterSet, "ISO_IR 192")
        .Set(Tags.SOPClassUID, SopClasses.UltrasoundImage)
        .Set(Tags.SOPInstanceUID, "1.2.3")
        .Set(Tags.PatientName, "Müller^Jörg")
        .Set(Tags.ImageType, "ORIGINAL", "PRIMARY")
        .Set(Tags.PatientBirthDate)
        .SetUShort(Tags.Rows, 480)
        .SetInt(Tags.NumberOfFrames, 3)
        .SetDouble(Tags.PatientWeight, 71.25)
        .SetItems(
            Tags.SequenceOfUltrasoundRegions,
            new DataSet().SetInt(Tags.RegionLocationMinX0, 10).SetDouble(Tags.PhysicalDeltaX, 0.0123),
            new DataSet().SetInt(Tags.RegionLocationMinX0, 20))
        .SetItems(Tags.ReferencedPerformedProcedureStepSequence)
        .SetBytes(new DicomTag(0x0029, 0x1010), Vr.UN, new byte[] { 1, 2, 3 });

    [Theory]
    [InlineData("1.2.840.10008.1.2")]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2.2")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    [InlineData("1.2.840.10008.1.2.5")]
    public void What_is_written_is_read_back_and_writes_the_same_bytes(string uid)
    {
        TransferSyntax syntax = TransferSyntax.Find(uid)!;
        byte[] bytes = DataSetWriter.Encode(Example(), syntax);
        ReadResult result = DataSetReader.Read(bytes, syntax);
        DataSet set = result.DataSet;

        Assert.Empty(result.Flags);
        Assert.True(syntax.Deflated || bytes.Length == result.EndOffset);
        Assert.Equal(0, bytes.Length % 2);
        Assert.Equal("Müller^Jörg", set.GetString(Tags.PatientName));
        Assert.Equal(["ORIGINAL", "PRIMARY"], set.GetStrings(Tags.ImageType));
        Assert.True(set.Contains(Tags.PatientBirthDate));
        Assert.Null(set.GetString(Tags.PatientBirthDate));
        Assert.Equal(480, set.GetInt(Tags.Rows));
        Assert.Equal(3, set.GetInt(Tags.NumberOfFrames));
        Assert.Equal(71.25, set.GetDouble(Tags.PatientWeight));
        Assert.Equal(2, set.GetItems(Tags.SequenceOfUltrasoundRegions).Count);
        Assert.Equal(0.0123, set.GetItems(Tags.SequenceOfUltrasoundRegions)[0].GetDouble(Tags.PhysicalDeltaX));
        Assert.Equal(20, set.GetItems(Tags.SequenceOfUltrasoundRegions)[1].GetInt(Tags.RegionLocationMinX0));
        Assert.Empty(set.GetItems(Tags.ReferencedPerformedProcedureStepSequence));
        Assert.Equal(bytes, DataSetWriter.Encode(set, syntax));
    }

    /// <summary>Few elements out of order are moved in a list, many turn it into a tree: the same data set either way.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(5000)]
    public void Elements_stand_in_tag_order_however_they_came(int count)
    {
        DicomTag[] tags = [.. Enumerable.Range(1, count).Select(i => new DicomTag((ushort)(0x0018 + 2 * (i % 7)), (ushort)i))];
        DicomTag[] ordered = [.. tags.Order()];
        foreach (DicomTag[] order in new[] { ordered, tags, [.. ordered.Reverse()] })
        {
            var set = new DataSet();
            foreach (DicomTag tag in order.Concat(order))
            {
                set.SetBytes(tag, Vr.UN, new[] { (byte)tag.Element });
            }

            Assert.False(set.TryPut(DicomElement.OfBytes(ordered[^1], Vr.UN, default)));
            Assert.Equal(ordered, set.Select(e => e.Tag));
            Assert.All(tags, t => Assert.Equal((byte)t.Element, set.GetBytes(t)!.Value.Span[0]));
            Assert.True(set.Remove(ordered[0]));
            Assert.False(set.Remove(ordered[0]));
            Assert.False(set.Contains(ordered[0]));
            Assert.Equal(count - 1, set.Count);
        }
    }

    [Fact]
    public void Explicit_bytes_are_as_PS3_5_section_7_1_2_lays_them_out()
    {
        DataSet set = new DataSet().Set(Tags.Modality, "US").Set(Tags.SOPInstanceUID, "1.2.3")
            .SetItems(Tags.ContentSequence, new DataSet().Set(Tags.TextValue, "abc"));
        byte[] expected =
        [
            0x08, 0, 0x18, 0, (byte)'U', (byte)'I', 6, 0, (byte)'1', (byte)'.', (byte)'2', (byte)'.', (byte)'3', 0,
            0x08, 0, 0x60, 0, (byte)'C', (byte)'S', 2, 0, (byte)'U', (byte)'S',
            0x40, 0, 0x30, 0xA7, (byte)'S', (byte)'Q', 0, 0, 24, 0, 0, 0,
            0xFE, 0xFF, 0x00, 0xE0, 16, 0, 0, 0,
            0x40, 0, 0x60, 0xA1, (byte)'U', (byte)'T', 0, 0, 4, 0, 0, 0, (byte)'a', (byte)'b', (byte)'c', (byte)' ',
        ];
        Assert.Equal(expected, DataSetWriter.Encode(set, TransferSyntax.ExplicitVrLittleEndian));
    }

    [Fact]
    public void Big_endian_gives_the_same_values()
    {
        byte[] bytes = [0, 0x28, 0, 0x10, (byte)'U', (byte)'S', 0, 2, 0x01, 0xE0, 0, 0x18, 0x60, 0x2C, (byte)'F', (byte)'D', 0, 8, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0];
        DataSet set = DataSetReader.Read(bytes, TransferSyntax.ExplicitVrBigEndian).DataSet;
        Assert.Equal(480, set.GetInt(Tags.Rows));
        Assert.Equal(1.5, set.GetDouble(Tags.PhysicalDeltaX));
    }

    [Fact]
    public void A_text_of_more_than_64_KiB_goes_as_UN_where_the_VR_has_a_short_length()
    {
        var set = new DataSet().Set(Tags.PatientName, "A").Set(Tags.PatientComments, new string('x', 70_000));
        DataSet read = DataSetReader.Read(DataSetWriter.Encode(set, TransferSyntax.ExplicitVrLittleEndian), TransferSyntax.ExplicitVrLittleEndian).DataSet;
        Assert.Equal(Vr.UN, read.Find(Tags.PatientComments)!.Vr);
        Assert.Equal(70_000, read.GetString(Tags.PatientComments)!.Length);
    }
}
