using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

public sealed class UpsBuilderTests
{
    private static readonly OruPatient Patient = new("PID-1", "HOSP", "Doe^Jané", "20190101", "F", "ACC1", "ORD1", null);

    private static DataSet Create(string letter = "A", string archive = "ARCHIVE", OruPatient? patient = null)
    {
        var content = new UpsContent("1.2.3", Priorities.High, letter, patient ?? Patient, new DateTimeOffset(2026, 11, 22, 10, 30, 0, TimeSpan.FromHours(1)),
            [new UpsImage("1.2.3.1", SopClasses.UltrasoundImage, "1.2.3.1.1"), new UpsImage("1.2.3.1", SopClasses.UltrasoundImage, "1.2.3.1.2")], new UpsOptions { RetrieveAeTitle = archive, WorklistLabel = "AI" });
        var syntax = TransferSyntax.ExplicitVrLittleEndian;
        return DataSetReader.Read(DataSetWriter.Encode(UpsBuilder.Create(content), syntax), syntax).DataSet;
    }

    /// <summary>PS3.4 table CC.2.5-3, column SCU of N-CREATE: group, element, type.</summary>
    [Theory]
    [InlineData(0x0008, 0x1195, 2)]
    [InlineData(0x0074, 0x1200, 1)]
    [InlineData(0x0074, 0x1204, 1)]
    [InlineData(0x0074, 0x1202, 2)]
    [InlineData(0x0074, 0x1210, 2)]
    [InlineData(0x0040, 0x4025, 2)]
    [InlineData(0x0040, 0x4026, 2)]
    [InlineData(0x0040, 0x4027, 2)]
    [InlineData(0x0040, 0x4034, 2)]
    [InlineData(0x0040, 0x4005, 1)]
    [InlineData(0x0040, 0x4018, 2)]
    [InlineData(0x0040, 0x0400, 2)]
    [InlineData(0x0040, 0x4041, 1)]
    [InlineData(0x0040, 0x4021, 2)]
    [InlineData(0x0020, 0x000D, 1)]
    [InlineData(0x0010, 0x0010, 2)]
    [InlineData(0x0010, 0x0020, 2)]
    [InlineData(0x0010, 0x0021, 2)]
    [InlineData(0x0010, 0x0024, 2)]
    [InlineData(0x0010, 0x0030, 2)]
    [InlineData(0x0010, 0x0040, 2)]
    [InlineData(0x0038, 0x0010, 2)]
    [InlineData(0x0038, 0x0014, 2)]
    [InlineData(0x0008, 0x1080, 2)]
    [InlineData(0x0008, 0x1084, 2)]
    [InlineData(0x0040, 0xA370, 2)]
    [InlineData(0x0074, 0x1000, 1)]
    [InlineData(0x0074, 0x1002, 2)]
    [InlineData(0x0074, 0x1216, 2)]
    public void Each_attribute_that_a_new_item_needs_is_there_and_those_of_type_1_have_a_value(int group, int element, int type)
    {
        var tag = new DicomTag((ushort)group, (ushort)element);
        foreach (var item in new[] { Create(), Create(archive: "", patient: new OruPatient("", "", "", "", "", "", "", null)) })
        {
            Assert.True(item.Contains(tag), $"{tag} is missing");
            Assert.True(type == 2 || !string.IsNullOrEmpty(item.GetString(tag)), $"{tag} is empty");
        }
    }

    [Theory]
    [InlineData("S", "HIGH")]
    [InlineData("A", "HIGH")]
    [InlineData("T", "MEDIUM")]
    public void The_priority_is_one_of_the_standard_s_words(string letter, string word)
    {
        Assert.Equal(word, Create(letter).GetString(Tags.ScheduledProcedureStepPriority));
        Assert.Equal(word, UpsBuilder.Raise(letter).GetString(Tags.ScheduledProcedureStepPriority));
    }

    [Fact]
    public void An_item_says_whose_study_of_which_order_is_to_be_read_from_where()
    {
        var item = Create();
        Assert.Equal(("Doe^Jané", "PID-1", "HOSP", "20261122103000+0100"), (item.GetString(Tags.PatientName), item.GetString(Tags.PatientID), item.GetString(Tags.IssuerOfPatientID), item.GetString(Tags.ScheduledProcedureStepStartDateTime)));
        var request = Assert.Single(item.GetItems(Tags.ReferencedRequestSequence));
        Assert.Equal(("1.2.3", "ACC1", "ORD1"), (request.GetString(Tags.StudyInstanceUID), request.GetString(Tags.AccessionNumber), request.GetString(Tags.PlacerOrderNumberImagingServiceRequest)));
        var input = Assert.Single(item.GetItems(Tags.InputInformationSequence));
        Assert.Equal(2, input.GetItems(Tags.ReferencedSOPSequence).Count);
        Assert.Equal("ARCHIVE", Assert.Single(input.GetItems(new DicomTag(0x0040, 0xE021))).GetString(Tags.RetrieveAETitle));
        var triage = Assert.Single(item.GetItems(new DicomTag(0x0074, 0x1210)));
        Assert.Equal(Priorities.High, Assert.Single(triage.GetItems(Tags.ConceptCodeSequence)).GetString(Tags.CodeValue));
        Assert.Equal("110005", Assert.Single(item.GetItems(Tags.ScheduledWorkitemCodeSequence)).GetString(Tags.CodeValue));
        Assert.Empty(Create(archive: "").GetItems(Tags.InputInformationSequence));
    }

    [Fact]
    public void A_value_cannot_become_two() => Assert.Equal("A B", Create(patient: Patient with { PatientId = "A\\B" }).GetString(Tags.PatientID));

    [Theory]
    [InlineData(0x0000, true, AcknowledgementCode.Accept)]
    [InlineData(0xB300, true, AcknowledgementCode.Accept)]
    [InlineData(0x0111, true, AcknowledgementCode.Accept)]
    [InlineData(0xC309, true, AcknowledgementCode.Reject)]
    [InlineData(0x0122, true, AcknowledgementCode.Reject)]
    [InlineData(0x0110, true, AcknowledgementCode.Error)]
    [InlineData(0xA700, false, AcknowledgementCode.Error)]
    [InlineData(0xC307, false, AcknowledgementCode.Reject)]
    public void What_the_provider_answers_is_done_again_later_or_for_a_person(int status, bool creates, AcknowledgementCode code)
    {
        var answer = UpsBuilder.Judge((ushort)status, creates);
        Assert.Equal((code, false), (answer.Code, answer.IsClosed));
    }

    [Theory]
    [InlineData(0xC300)]
    [InlineData(0xC301)]
    [InlineData(0xC310)]
    public void An_item_that_somebody_has_begun_is_left_alone(int status) => Assert.True(UpsBuilder.Judge((ushort)status, creates: false).IsClosed);
}
