using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Sr;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Sr;

public class ContentItemTests
{
    private static readonly Code Report = new("126000", "DCM", "Imaging Measurement Report");
    private static readonly Code Group = new("125007", "DCM", "Measurement Group");
    private static readonly Code Probability = new("122157", "DCM", "Probability");
    private static readonly Code NoUnits = new("1", "UCUM", "no units");
    private static readonly Code Source = new("121112", "DCM", "Source of Measurement");
    private static readonly Code Finding = new("121071", "DCM", "Finding");
    private static readonly Code Hydronephrosis = new("43064006", "SCT", "Hydronephrosis");

    private static ContentItem Frame() => ContentItem.Image(null, SopClasses.UltrasoundMultiFrame, "1.2.3", 12);

    private static ContentItem Tree() => ContentItem.Container(Report, "1500")
        .Add(RelationshipType.HasConceptMod, ContentItem.OfCode(new("121049", "DCM", "Language of Content Item and Descendants"), new("en", "RFC5646", "English")))
        .Add(RelationshipType.Contains, ContentItem.Container(Group, "1501")
            .Add(RelationshipType.HasObsContext, ContentItem.Text(new("112039", "DCM", "Tracking Identifier"), "IMG-1 frame 12"))
            .Add(RelationshipType.HasObsContext, ContentItem.UidRef(new("112040", "DCM", "Tracking Unique Identifier"), "1.2.3.4"))
            .Add(RelationshipType.Contains, ContentItem.OfCode(Finding, Hydronephrosis))
            .Add(RelationshipType.Contains, ContentItem.SCoordRectangle(Source, (10, 20, 300, 400), 640, 480, Frame()))
            .Add(RelationshipType.Contains, ContentItem.Num(Probability, 0.93251, NoUnits).Add(RelationshipType.HasConceptMod, ContentItem.OfCode(Finding, Hydronephrosis))));

    [Fact]
    public void The_tree_is_written_in_order_with_templates_on_root_and_group()
    {
        var document = new DataSet();
        IReadOnlyList<ReferencedInstance> referenced = SrDocument.Write(document, Tree());

        Assert.Equal([new ReferencedInstance(SopClasses.UltrasoundMultiFrame, "1.2.3")], referenced);
        Assert.Equal("CONTAINER", document.GetString(Tags.ValueType));
        Assert.Equal("SEPARATE", document.GetString(Tags.ContinuityOfContent));
        Assert.Equal("1500", document.GetItems(Tags.ContentTemplateSequence)[0].GetString(Tags.TemplateIdentifier));
        Assert.Null(document.GetString(Tags.RelationshipType));

        DataSet group = document.GetItems(Tags.ContentSequence)[1];
        Assert.Equal("CONTAINS", group.GetString(Tags.RelationshipType));
        Assert.Equal("1501", group.GetItems(Tags.ContentTemplateSequence)[0].GetString(Tags.TemplateIdentifier));
        IReadOnlyList<DataSet> items = group.GetItems(Tags.ContentSequence);
        Assert.Equal(["TEXT", "UIDREF", "CODE", "SCOORD", "NUM"], items.Select(i => i.GetString(Tags.ValueType)));
        Assert.Equal("0.93251", items[4].GetItems(Tags.MeasuredValueSequence)[0].GetString(Tags.NumericValue));

        DataSet image = items[3].GetItems(Tags.ContentSequence)[0];
        Assert.Equal("SELECTED FROM", image.GetString(Tags.RelationshipType));
        Assert.False(image.Contains(Tags.ConceptNameCodeSequence));
        Assert.Equal(12, image.GetItems(Tags.ReferencedSOPSequence)[0].GetInt(Tags.ReferencedFrameNumber));
    }

    [Fact]
    public void Built_twice_the_bytes_are_the_same()
    {
        byte[] Build()
        {
            var document = new DataSet().Set(Tags.SpecificCharacterSet, "ISO_IR 192");
            SrDocument.Write(document, Tree());
            return DataSetWriter.Encode(document, TransferSyntax.ExplicitVrLittleEndian);
        }

        Assert.Equal(Build(), Build());
    }

    [Theory]
    [InlineData("12345678901234567", "DCM", "too long a value")]
    [InlineData("", "DCM", "empty")]
    [InlineData("1", "", "empty scheme")]
    [InlineData("1", "DCM", "")]
    [InlineData("1", "DCM", "a meaning of sixty-five characters, which is one more than LO takes")]
    public void A_code_that_does_not_fit_names_itself(string value, string scheme, string meaning)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new Code(value, scheme, meaning));
        Assert.Contains($"({value},{scheme},\"{meaning}\")", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_code_of_exactly_16_and_64_characters_fits() =>
        Assert.Equal(64, new Code(new string('1', 16), "DCM", new string('m', 64)).Meaning.Length);

    [Fact]
    public void A_number_without_a_value_is_not_built()
    {
        Assert.Throws<ArgumentException>(() => ContentItem.Num(Probability, null, NoUnits));
        Assert.Throws<ArgumentOutOfRangeException>(() => ContentItem.Num(Probability, double.NaN, NoUnits));
        Assert.Throws<ArgumentOutOfRangeException>(() => ContentItem.Num(Probability, double.PositiveInfinity, NoUnits));
    }

    [Fact]
    public void An_uncertainty_is_no_property_of_a_number() => Assert.Throws<ArgumentException>(() =>
        ContentItem.Num(Probability, 0.5, NoUnits).Add(RelationshipType.HasProperties, ContentItem.Num(Probability, 0.1, NoUnits)));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Frames_count_from_1(int frame) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ContentItem.Image(null, SopClasses.UltrasoundImage, "1.2", frame));

    [Fact]
    public void A_single_frame_object_gets_no_frame_number()
    {
        var document = new DataSet();
        SrDocument.Write(document, ContentItem.Container(Report, "1500")
            .Add(RelationshipType.Contains, ContentItem.Image(null, SopClasses.UltrasoundImage, "1.2")));
        DataSet image = document.GetItems(Tags.ContentSequence)[0];
        Assert.False(image.GetItems(Tags.ReferencedSOPSequence)[0].Contains(Tags.ReferencedFrameNumber));
        Assert.False(image.Contains(Tags.ConceptNameCodeSequence));
    }

    [Fact]
    public void A_rectangle_is_a_closed_polyline_of_five_points_inside_the_image()
    {
        var document = new DataSet();
        SrDocument.Write(document, Tree());
        DataSet scoord = document.GetItems(Tags.ContentSequence)[1].GetItems(Tags.ContentSequence)[3];
        Assert.Equal("POLYLINE", scoord.GetString(Tags.GraphicType));
        double?[] data = [.. Enumerable.Range(0, 11).Select(i => scoord.GetDouble(Tags.GraphicData, i))];
        Assert.Equal([10, 20, 300, 20, 300, 400, 10, 400, 10, 20, null], data);
        Assert.Throws<ArgumentException>(() => ContentItem.SCoordRectangle(Source, (0, 0, 641, 480), 640, 480, Frame()));
        Assert.Throws<ArgumentException>(() => ContentItem.SCoordRectangle(Source, (5, 0, 5, 480), 640, 480, Frame()));
        Assert.Throws<ArgumentException>(() => ContentItem.SCoordRectangle(Source, (double.NaN, 0, 5, 480), 640, 480, Frame()));
    }

    [Fact]
    public void A_root_without_template_is_not_written() =>
        Assert.Throws<ArgumentException>(() => SrDocument.Write([], ContentItem.Container(Report)));

    [Fact]
    public void An_instance_that_no_evidence_sequence_holds_is_named()
    {
        var document = new DataSet();
        IReadOnlyList<ReferencedInstance> referenced = SrDocument.Write(document, Tree());
        Assert.Equal(referenced, SrDocument.MissingFromEvidence(document, referenced));
        document.SetItems(Tags.CurrentRequestedProcedureEvidenceSequence, new DataSet().SetItems(Tags.ReferencedSeriesSequence, new DataSet()
            .SetItems(Tags.ReferencedSOPSequence, new DataSet()
                .Set(Tags.ReferencedSOPClassUID, SopClasses.UltrasoundMultiFrame).Set(Tags.ReferencedSOPInstanceUID, "1.2.3"))));
        Assert.Empty(SrDocument.MissingFromEvidence(document, referenced));
    }

    [Theory]
    [InlineData("43064006", true)]
    [InlineData("274901004", true)]
    [InlineData("56851009", true)]
    [InlineData("818981001", true)]
    [InlineData("363679005", true)]
    [InlineData("17621005", true)]
    [InlineData("419201005", false)] // seen in the field as sebaceous cyst
    [InlineData("43064007", false)]
    [InlineData("43046006", false)]
    [InlineData("4306400", false)]
    [InlineData("C0034375", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void The_check_digit_of_a_SNOMED_identifier_is_tested(string? id, bool valid) => Assert.Equal(valid, SctId.IsValid(id));

    [Fact]
    public void The_demo_document_can_be_given_to_other_readers()
    {
        // Written where PACSAI_SR_OUT says, for dsrdump and dciodvfy by hand.
        if (Environment.GetEnvironmentVariable("PACSAI_SR_OUT") is not { Length: > 0 } path)
        {
            return;
        }

        DataSet document = new DataSet()
            .Set(Tags.SpecificCharacterSet, "ISO_IR 192")
            .Set(Tags.SOPClassUID, SopClasses.Comprehensive3DSr).Set(Tags.SOPInstanceUID, "1.2.826.0.1.3680043.8.498.9")
            .Set(Tags.PatientName, "Test^Jörg").Set(Tags.PatientID, "1").Set(Tags.PatientBirthDate).Set(Tags.PatientSex)
            .Set(Tags.StudyInstanceUID, "1.2.3").Set(Tags.StudyDate).Set(Tags.StudyTime).Set(Tags.StudyID).Set(Tags.AccessionNumber)
            .Set(Tags.ReferringPhysicianName).Set(Tags.Modality, "SR").Set(Tags.SeriesInstanceUID, "1.2.3.9").SetInt(Tags.SeriesNumber, 9100)
            .SetItems(Tags.ReferencedPerformedProcedureStepSequence).Set(Tags.Manufacturer, "PacsAiWorker").SetInt(Tags.InstanceNumber, 1)
            .Set(Tags.CompletionFlag, "COMPLETE").Set(Tags.VerificationFlag, "UNVERIFIED").Set(Tags.PreliminaryFlag, "PRELIMINARY")
            .Set(Tags.ContentDate, "20260101").Set(Tags.ContentTime, "120000").SetItems(Tags.PerformedProcedureCodeSequence)
            .SetItems(Tags.CurrentRequestedProcedureEvidenceSequence, new DataSet().Set(Tags.StudyInstanceUID, "1.2.3").SetItems(
                Tags.ReferencedSeriesSequence, new DataSet().Set(Tags.SeriesInstanceUID, "1.2.3.1").SetItems(Tags.ReferencedSOPSequence, new DataSet()
                    .Set(Tags.ReferencedSOPClassUID, SopClasses.UltrasoundMultiFrame).Set(Tags.ReferencedSOPInstanceUID, "1.2.3"))));
        SrDocument.Write(document, Tree());
        File.WriteAllBytes(path, Part10.ToBytes(
            new FileMeta(SopClasses.Comprehensive3DSr, "1.2.826.0.1.3680043.8.498.9", TransferSyntax.ExplicitVrLittleEndian.Uid), document));
    }
}
