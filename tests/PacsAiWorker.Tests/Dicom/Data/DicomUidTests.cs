using PacsAiWorker.Dicom.Data;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Data;

public class DicomUidTests
{
    private const string Study = "1.2.826.0.1.3680043.8.498.1";
    private const string Image1 = Study + ".1.1";
    private const string Image2 = Study + ".1.2";
    private const string Model = "renal-us-resnet50";
    private const string Hash = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4";
    private const string Inputs = "fbb86c49c854bbc6e04f81972e38a11fbb4cfcef8d8ace440d2a1057ad262a54";

    [Theory]
    [InlineData("sr|" + Study + "|" + Model + "|2.3.1|" + Hash + "|" + Inputs + "|r1|1.2.840.10008.5.1.4.1.1.88.34", "294297627385012481987101660650478629749")]
    [InlineData("sr|" + Study + "|" + Model + "|2.3.1|" + Hash + "|" + Inputs + "|r1|1.2.840.10008.5.1.4.1.1.88.33", "98197695146111932831751351196220164306")]
    [InlineData("sr|" + Study + "|" + Model + "|2.3.1|" + Hash + "|" + Inputs + "|r1|1.2.840.10008.5.1.4.1.1.88.22", "66564834074543233179197824010157007829")]
    [InlineData("sr|" + Study + "|" + Model + "|2.3.1|" + Hash + "|" + Inputs + "|r2|1.2.840.10008.5.1.4.1.1.88.34", "131917412686143030481323930629938784013")]
    [InlineData("series|" + Study + "|" + Model + "|1.2.840.10008.5.1.4.1.1.88.34", "137792703257387493473113697072409291888")]
    [InlineData("model|" + Model + "|2.3.1|" + Hash, "220762849732336789566652644303613101421")]
    [InlineData("device|PacsAiWorker|site-1", "200954411276623343017673953589477749938")]
    [InlineData("creator|PacsAiWorker|site-1", "43950119904966644584259665758540514517")]
    [InlineData("implementation|PacsAiWorker", "261751745289370226373013572094788504432")]
    [InlineData("codingscheme|99PACSAI", "275308017400106087194737895880173671297")]
    [InlineData("track|" + Study + "|" + Image1 + "|12|" + Model, "141980459936098233354817101131764732500")]
    [InlineData("track|" + Study + "|" + Image2 + "|0|" + Model, "322447668799968037193958420653123243470")]
    [InlineData("track|" + Study + "|study|" + Model, "98466087183802218139135972784374357286")]
    [InlineData("hello", "142462665220992352991886453500606419580")]
    public void A_name_gives_the_uid_of_the_golden_table(string name, string number)
    {
        Assert.Equal("2.25." + number, DicomUid.FromName(name));
        Assert.Equal("2.25." + number, DicomUid.FromName(name.Split('|')));
    }

    [Fact]
    public void The_HL7_control_id_comes_from_the_same_uuid()
    {
        string hex = DicomUid.Uuid5("hl7|" + Study + "|r1|TP2").ToString("N");
        Assert.Equal("P202897f8a01c522495b", "P" + hex[..19]);
    }

    [Theory]
    [InlineData("1.2.840.10008.1.1", true)]
    [InlineData("0.0", true)]
    [InlineData("1.02.3", false)]
    [InlineData("1..2", false)]
    [InlineData("1.2.", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("1.2.3/../4", false)]
    [InlineData("1.2 ", false)]
    [InlineData("1.23456789012345678901234567890123456789012345678901234567890.123", false)]
    public void A_uid_is_judged_by_the_rules_of_PS3_5_section_9(string? uid, bool valid) => Assert.Equal(valid, DicomUid.IsValid(uid));

    [Fact]
    public void A_random_uid_is_valid_and_new()
    {
        string first = DicomUid.NewRandom();
        Assert.True(DicomUid.IsValid(first));
        Assert.NotEqual(first, DicomUid.NewRandom());
    }
}
