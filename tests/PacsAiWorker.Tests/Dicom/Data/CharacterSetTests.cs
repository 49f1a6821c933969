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

    private static DataSet NamedText(string name, params string[] terms) => Named(Encoding.Latin1.GetBytes(name), terms);

    /// <summary>The names of PS3.5 annexes H.3.1, H.3.2, I.2, J.3, J.4 and K.2 (J and K: the number of the annex differs by edition).</summary>
    [Theory]
    [InlineData("\\ISO 2022 IR 87", "Yamada^Tarou=\u001b$B;3ED\u001b(B^\u001b$BB@O:\u001b(B=\u001b$B$d$^$@\u001b(B^\u001b$B$?$m$&\u001b(B", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData(
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        "\u00d4\u00cf\u00c0\u00de^\u00c0\u00db\u00b3=\u001b$B;3ED\u001b(J^\u001b$BB@O:\u001b(J=\u001b$B$d$^$@\u001b(J^\u001b$B$?$m$&\u001b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう")]
    [InlineData(
        "\\ISO 2022 IR 149",
        "Hong^Gildong=\u001b$)C\u00fb\u00f3^\u001b$)C\u00d1\u00ce\u00d4\u00d7=\u001b$)C\u00c8\u00ab^\u001b$)C\u00b1\u00e6\u00b5\u00bf",
        "Hong^Gildong=洪^吉洞=홍^길동")]
    [InlineData("ISO_IR 192", "Wang^XiaoDong=\u00e7\u008e\u008b^\u00e5\u00b0\u008f\u00e6\u009d\u00b1", "Wang^XiaoDong=王^小東")]
    [InlineData("GB18030", "Wang^XiaoDong=\u00cd\u00f5^\u00d0\u00a1\u00b6\u00ab", "Wang^XiaoDong=王^小东")]
    [InlineData("\\ISO 2022 IR 58", "Zhang^XiaoDong=\u001b$)A\u00d5\u00c5^\u001b$)A\u00d0\u00a1\u00b6\u00ab", "Zhang^XiaoDong=张^小东")]
    public void Names_of_the_standards_examples_are_decoded(string terms, string sent, string name)
    {
        DataSet set = NamedText(sent, terms.Split('\\'));
        Assert.Equal(name, set.GetString(Tags.PatientName));
        Assert.Equal(name, set.GetPersonName(Tags.PatientName)!.ToString());
    }

    [Fact]
    public void Text_of_several_lines_begins_each_line_in_the_first_set()
    {
        byte[] korean = [0x1B, (byte)'$', (byte)')', (byte)'C', 0xB1, 0xE6, 0xB5, 0xBF];
        byte[] lines = [.. korean, (byte)'\r', (byte)'\n', 0xB1, 0xE6, (byte)'\t', .. korean];
        DataSet set = new DataSet().Set(Tags.SpecificCharacterSet, "ISO 2022 IR 100", "ISO 2022 IR 149").SetBytes(Tags.PatientComments, Vr.LT, lines);
        Assert.Equal("길동\r\n±æ\t길동", set.GetString(Tags.PatientComments));
    }

    [Fact]
    public void Delimiters_return_to_the_first_set()
    {
        Assert.Equal(["Ж", "Æ"], NamedText("\u001b-L\u00b6\\\u00c6", "ISO 2022 IR 100", "ISO 2022 IR 144").GetStrings(Tags.PatientName));
        Assert.Equal("Ж^Æ", NamedText("\u001b-L\u00b6^\u00c6", "ISO 2022 IR 100", "ISO 2022 IR 144").GetString(Tags.PatientName));
        DataSet text = new DataSet().Set(Tags.SpecificCharacterSet, "ISO 2022 IR 100", "ISO 2022 IR 144").SetBytes(Tags.SeriesDescription, Vr.LO, "\u001b-L\u00b6^\u00b6"u8.ToArray().Where(b => b != 0xC2).ToArray());
        Assert.Equal("Ж^Ж", text.GetString(Tags.SeriesDescription));
    }

    [Fact]
    public void Japanese_supplementary_kanji_and_a_backslash_inside_a_pair_are_decoded()
    {
        Assert.Equal("丂A", NamedText("\u001b$(D0!\u001b(BA", "", "ISO 2022 IR 159").GetString(Tags.PatientName));

        // 5C21H and 5E21H are characters of JIS X 0208, not separators.
        Assert.Equal(["棔丿"], NamedText("\u001b$B\\!P(\u001b(B", "", "ISO 2022 IR 87").GetStrings(Tags.PatientName));
    }

    [Theory]
    [InlineData("101", "A5", "Ľ")]
    [InlineData("109", "A1", "Ħ")]
    [InlineData("110", "A2", "ĸ")]
    [InlineData("144", "B6", "Ж")]
    [InlineData("127", "C7", "ا")]
    [InlineData("126", "E1", "α")]
    [InlineData("138", "E0", "א")]
    [InlineData("148", "F0", "ğ")]
    [InlineData("203", "A4", "€")]
    [InlineData("166", "A1", "ก")]
    [InlineData("13", "B1", "ｱ")]
    [InlineData("100", "E9", "é")]
    [InlineData("6", "E9", "é")]
    [InlineData("149", "B1E6", "길")]
    [InlineData("58", "D5C5", "张")]
    public void Each_set_is_known_however_its_term_is_written(string number, string hex, string text)
    {
        foreach (string term in new[] { "ISO_IR {0}", "ISO IR {0}", "ISO-IR {0}", "iso_ir {0}", "ISO_IR_{0}", "ISO 2022 IR {0}", "ISO_2022_IR_{0}", "ISO 2022 {0}", " ISO_IR {0} ", "ISOIR{0}" })
        {
            Assert.Equal(text, Named(Convert.FromHexString(hex), string.Format(null, term, number)).GetString(Tags.PatientName));
        }
    }

    [Theory]
    [InlineData("utf-8", "C3A4", "ä")]
    [InlineData("ISO IR 192", "C3A4", "ä")]
    [InlineData("GB 18030", "CDF5", "王")]
    [InlineData("ISO 2022 GBK", "CDF5", "王")]
    [InlineData("ISO 8859-5", "B6", "Ж")]
    [InlineData("ISO_8859-1", "E9", "é")]
    public void Other_names_of_sets_are_understood(string term, string hex, string text) =>
        Assert.Equal(text, Named(Convert.FromHexString(hex), term).GetString(Tags.PatientName));

    [Fact]
    public void Shift_JIS_under_the_katakana_set_is_decoded_although_it_may_not_stand_there() =>
        Assert.Equal("山田^ﾀﾛｳ", Named(Convert.FromHexString("8E529363" + "5E" + "C0DBB3"), "ISO_IR 13").GetString(Tags.PatientName));

    [Fact]
    public void No_bytes_and_no_terms_make_decoding_throw()
    {
        var random = new Random(17);
        string[] terms = ["", "ISO_IR 100", "ISO 2022 IR 87", "ISO 2022 IR 149", "ISO_IR 13", "ISO_IR 192", "GB18030", "GBK", "ISO_IR 166", "?", "ISO 2022 IR 99999999999", "\0"];
        byte[] alphabet = [0x1B, (byte)'$', (byte)'(', (byte)')', (byte)'-', (byte)'A', (byte)'B', (byte)'C', (byte)'D', (byte)'I', (byte)'J', (byte)'\\', (byte)'^', (byte)'=', 0x0D, 0x80, 0xA1, 0xFE, 0xFF];
        foreach (Vr vr in new[] { Vr.PN, Vr.LO, Vr.LT })
        {
            for (int i = 0; i < 5000; i++)
            {
                byte[] bytes = new byte[random.Next(12)];
                for (int k = 0; k < bytes.Length; k++)
                {
                    bytes[k] = random.Next(3) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
                }

                Assert.NotNull(CharacterSets.Decode(bytes, [terms[random.Next(terms.Length)], terms[random.Next(terms.Length)]], vr));
            }
        }
    }

    [Fact]
    public void A_name_has_components_and_writings()
    {
        PersonName name = PersonName.Parse("Adams^John Robert Quincy^^Rev.^B.A. M.Div.=安^約=");
        Assert.Equal(new PersonNameGroup("Adams", "John Robert Quincy", "", "Rev.", "B.A. M.Div."), name.Alphabetic);
        Assert.Equal(new PersonNameGroup("安", "約"), name.Ideographic);
        Assert.True(name.Phonetic.IsEmpty);
        Assert.Equal("Adams^John Robert Quincy^^Rev.^B.A. M.Div.=安^約", name.ToString());
        Assert.Equal("==かな", PersonName.Parse("==かな").ToString());
        Assert.Equal("", PersonName.Parse("").ToString());
        Assert.Null(new DataSet().Set(Tags.PatientName).GetPersonName(Tags.PatientName));
    }

    [Theory]
    [InlineData(Vr.LO)]
    [InlineData(Vr.PN)]
    [InlineData(Vr.UT)]
    public void A_character_set_sent_with_a_VR_that_depends_on_itself_does_not_ask_for_itself_without_end(Vr vr)
    {
        DataSet set = Named([0xC3, 0xA4]).SetBytes(Tags.SpecificCharacterSet, vr, "ISO_IR 192"u8.ToArray());
        Assert.Equal("ä", set.GetString(Tags.PatientName));
        Assert.Equal("ISO_IR 192", set.GetString(Tags.SpecificCharacterSet));
    }
}
