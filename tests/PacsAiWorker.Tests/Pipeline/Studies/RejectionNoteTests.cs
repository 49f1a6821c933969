using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Studies;

namespace PacsAiWorker.Tests.Pipeline.Studies;

public sealed class RejectionNoteTests
{
    [Theory]
    [InlineData("113001", "DCM", true)]
    [InlineData("113037", "DCM", true)]
    [InlineData("113038", "DCM", true)]
    [InlineData("113039", "DCM", false)]
    [InlineData("113000", "DCM", false)]
    [InlineData("113001", "99LOCAL", false)]
    public void Titles_that_reject_are_followed_and_the_end_of_a_retention_time_is_not(string code, string scheme, bool rejects) =>
        Assert.Equal(rejects, RejectionNote.Read(Make(code, scheme, [("1.2", "1.2.1")], ["1.2.1"])) is not null);

    [Fact]
    public void What_the_content_names_counts_in_the_study_in_which_the_evidence_has_it()
    {
        var note = RejectionNote.Read(Make("113038", "DCM", [("1.2", "1.2.1"), ("1.2", "1.2.2"), ("1.3", "1.3.1")], ["1.2.1", "1.3.1", "1.4.1"]))!;
        Assert.Equal([("1.2", "1.2.1"), ("1.3", "1.3.1")], note.References);
        Assert.Equal("Incorrect Modality Worklist Entry (113038)", note.Title);
    }

    [Fact]
    public void Another_document_is_none_whatever_it_is_called() =>
        Assert.Null(RejectionNote.Read(Make("113001", "DCM", [("1.2", "1.2.1")], ["1.2.1"]).Set(Tags.SOPClassUID, SopClasses.BasicTextSr)));

    [Theory]
    [InlineData("PID-1", true)]
    [InlineData("PID-2", false)]
    [InlineData("", false)]
    [InlineData("PID-1", false, "19800102")]
    public void A_note_about_another_patient_is_not_followed_and_the_order_may_differ(string id, bool same, string birth = "19800101")
    {
        var note = Make("113001", "DCM", [], []).Set(Tags.PatientID, id).Set(Tags.PatientBirthDate, birth).Set(Tags.AccessionNumber, "ANOTHER");
        Assert.Equal(same, RejectionNote.IsOfSamePatient(note, "1.2", Identities.Digest("1.2", ["PID-1", null, "19800101", null, "ACC"])));
        Assert.False(RejectionNote.IsOfSamePatient(note, "1.2", Identities.Digest("1.2", [null, null, "19800101", null, "ACC"])));
    }

    /// <summary>A Key Object Selection with what is read of it.</summary>
    internal static DataSet Make(string code, string scheme, (string Study, string Sop)[] evidence, string[] named) => new DataSet()
        .Set(Tags.SOPClassUID, SopClasses.KeyObjectSelection)
        .SetItems(Tags.ConceptNameCodeSequence, new DataSet().Set(Tags.CodeValue, code).Set(Tags.CodingSchemeDesignator, scheme).Set(Tags.CodeMeaning, "words of the sender"))
        .SetItems(Tags.ContentSequence, [.. named.Select(n => new DataSet().Set(Tags.ValueType, "IMAGE").SetItems(Tags.ReferencedSOPSequence, Reference(n)))])
        .SetItems(Tags.CurrentRequestedProcedureEvidenceSequence, [.. evidence.GroupBy(e => e.Study).Select(g => new DataSet().Set(Tags.StudyInstanceUID, g.Key)
            .SetItems(Tags.ReferencedSeriesSequence, new DataSet().Set(Tags.SeriesInstanceUID, g.Key + ".9").SetItems(Tags.ReferencedSOPSequence, [.. g.Select(e => Reference(e.Sop))])))]);

    private static DataSet Reference(string sop) => new DataSet().Set(Tags.ReferencedSOPClassUID, SopClasses.UltrasoundImage).Set(Tags.ReferencedSOPInstanceUID, sop);
}
