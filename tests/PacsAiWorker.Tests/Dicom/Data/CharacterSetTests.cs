using System.Text;
using PacsAiWorker.Dicom.Data;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Data;

public class CharacterSetTests
{
    private static DataSet Named(byte[] name, params string[] terms)
    {
        var set = new DataSet().SetBytes(Tags.PatientName, Vr.PN, name);
        return terms.Length == 0 ? set : set.Set(Tags.SpecificCharacterSet, terms);
    }

    [Theory]
    [InlineData("ISO_IR 100", "C4E4", "Ää")]
    [InlineData("ISO_IR 144", "BBEEDA", "Люк")]
    [InlineData("ISO_IR 126", "C4E9EF", "Διο")]
    [InlineData("ISO_IR 148", "DDFE", "İş")]
    [InlineData("ISO_IR 192", "C3A4E38184", "äい")]
    [InlineData("GB18030", "CDF5", "王")]
    [InlineData("ISO_IR 13", "D4CF", "ﾔﾏ")]
    public void Text_is_decoded_by_its_character_set(string term, string hex, string text) =>
        Assert.Equal(text, Named(Convert.FromHexString(hex), term).GetString(Tags.PatientName));

    [Fact]
    public void P25_P26_bytes_outside_the_default_repertoire_are_shown_as_Latin_1()
    {
        Assert.Equal("ä", Named([0xE4]).GetString(Tags.PatientName));
        Assert.Equal("ä", Named([0xE4]).Set(Tags.SpecificCharacterSet).GetString(Tags.PatientName));
        Assert.Equal("ä", Named([0xE4], "NO SUCH").GetString(Tags.PatientName));
    }

    [Fact]
    public void Items_inherit_the_character_set()
    {
        var item = Named(Encoding.UTF8.GetBytes("Ä"));
        DataSet set = new DataSet().Set(Tags.SpecificCharacterSet, "ISO_IR 192").SetItems(Tags.RequestAttributesSequence, item);
        Assert.Equal("Ä", item.GetString(Tags.PatientName));
        byte[] bytes = DataSetWriter.Encode(set, TransferSyntax.ExplicitVrLittleEndian);
        DataSet read = DataSetReader.Read(bytes, TransferSyntax.ExplicitVrLittleEndian).DataSet;
        Assert.Equal("Ä", read.GetItems(Tags.RequestAttributesSequence)[0].GetString(Tags.PatientName));
    }

    [Fact]
    public void Copies_are_transcoded_to_UTF_8()
    {
        DataSet source = Named([0xC4, 0xE4], "ISO_IR 100").SetItems(Tags.RequestAttributesSequence, Named([0xFC]));
        DataSet copy = new DataSet().Set(Tags.SpecificCharacterSet, "ISO_IR 192")
            .CopyFrom(source, Tags.PatientName).CopyFrom(source, Tags.RequestAttributesSequence).CopyFrom(source, Tags.PatientID);
        Assert.Equal("Ää", copy.GetString(Tags.PatientName));
        Assert.Equal("ü", copy.GetItems(Tags.RequestAttributesSequence)[0].GetString(Tags.PatientName));
        Assert.False(copy.Contains(Tags.PatientID));
    }

    [Fact]
    public void A_backslash_in_a_multibyte_character_separates_nothing()
    {
        // 0x5C is the second byte of this GB18030 character.
        byte[] bytes = CodePagesEncodingProvider.Instance.GetEncoding(54936)!.GetBytes("誠\\B");
        Assert.Equal(["誠", "B"], Named(bytes, "GB18030").GetStrings(Tags.PatientName));
    }

    [Fact]
    public void A_value_that_holds_the_separator_is_refused() =>
        Assert.Throws<ArgumentException>(() => new DataSet().Set(Tags.SeriesDescription, "a\\b"));
}
