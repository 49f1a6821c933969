using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>A Key Object Selection that rejects images (PS3.3 A.35.4; titles of PS3.16 CID 7011).</summary>
/// <param name="Title">In words, with its code.</param>
/// <param name="References">Study and SOP Instance UID of what it names.</param>
public sealed record RejectionNote(string Title, IReadOnlyList<(string Study, string Sop)> References)
{
    private const string Scheme = "DCM";

    /// <summary>Titles that say that images must not be used. 113039, "Data Retention Policy Expired", is none: what was right stays right when its bytes go.</summary>
    private static readonly Dictionary<string, string> Titles = new()
    {
        ["113001"] = "Rejected for Quality Reasons",
        ["113037"] = "Rejected for Patient Safety Reasons",
        ["113038"] = "Incorrect Modality Worklist Entry",
    };

    /// <summary>Pure: null where the document is no rejection note. What its content names counts, in the study in which its evidence has it.</summary>
    public static RejectionNote? Read(DataSet document)
    {
        var title = document.GetItems(Tags.ConceptNameCodeSequence) is [var code, ..] ? code : null;
        if (document.GetString(Tags.SOPClassUID) != SopClasses.KeyObjectSelection || title?.GetString(Tags.CodingSchemeDesignator) != Scheme
            || !Titles.TryGetValue(title.GetString(Tags.CodeValue) ?? "", out var words))
        {
            return null;
        }

        var named = document.GetItems(Tags.ContentSequence).SelectMany(i => i.GetItems(Tags.ReferencedSOPSequence)).Select(r => r.GetString(Tags.ReferencedSOPInstanceUID)).OfType<string>().ToHashSet();
        var evidence =
            from study in document.GetItems(Tags.CurrentRequestedProcedureEvidenceSequence)
            from series in study.GetItems(Tags.ReferencedSeriesSequence)
            from instance in series.GetItems(Tags.ReferencedSOPSequence)
            select (Study: study.GetString(Tags.StudyInstanceUID), Sop: instance.GetString(Tags.ReferencedSOPInstanceUID));
        return new RejectionNote($"{words} ({title.GetString(Tags.CodeValue)})",
            [.. evidence.Where(e => e.Study is not null && e.Sop is not null && named.Contains(e.Sop)).Select(e => (e.Study!, e.Sop!)).Distinct()]);
    }

    /// <inheritdoc cref="RejectionRow.IsOfSamePatient"/>
    /// <param name="studyUid">Of the image.</param>
    /// <param name="identityDigest">Of the image.</param>
    public static bool IsOfSamePatient(DataSet document, string studyUid, string identityDigest)
    {
        DicomTag[] patient = [Tags.PatientID, Tags.IssuerOfPatientID, Tags.PatientBirthDate, Tags.PatientSex];
        return RejectionRow.IsOfSamePatient(Identities.Digest(studyUid, patient.Select(t => document.GetString(t))), identityDigest);
    }
}
