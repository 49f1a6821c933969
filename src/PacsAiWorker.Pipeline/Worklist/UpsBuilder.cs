using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Sr;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>An image to be read.</summary>
public sealed record UpsImage(string Series, string SopClassUid, string SopInstanceUid);

/// <summary>What one work item says.</summary>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Priority">TPx of the rise.</param>
/// <param name="Letter">Its letter, S, A, T or R.</param>
/// <param name="Start">When it may be begun.</param>
public sealed record UpsContent(string Study, string Priority, string Letter, OruPatient Patient, DateTimeOffset Start, IReadOnlyList<UpsImage> Images, UpsOptions Options);

/// <summary>Pure: attributes of a Unified Procedure Step as its SCU gives them (PS3.4 table CC.2.5-3), and what its provider's answers mean.</summary>
public static class UpsBuilder
{
    private const string Private = "99PACSAI";

    private static readonly DicomTag[] Empty =
    [
        Tags.TransactionUID, Tags.AdmissionID, new(0x0038, 0x0014), new(0x0008, 0x1080), new(0x0008, 0x1084), new(0x0010, 0x0024), new(0x0040, 0x4025), new(0x0040, 0x4026), new(0x0040, 0x4027),
        new(0x0040, 0x4034), new(0x0040, 0x0400), new(0x0074, 0x1002), new(0x0074, 0x1216),
    ];

    /// <summary>Of N-CREATE: every attribute of type 1 and 2.</summary>
    public static DataSet Create(UpsContent content)
    {
        var patient = content.Patient;
        var set = new DataSet().Set(Tags.SpecificCharacterSet, "ISO_IR 192");
        foreach (var tag in Empty)
        {
            set.Set(tag);
        }

        return set
            .Set(Tags.PatientName, Values(patient.Name)).Set(Tags.PatientID, Values(patient.PatientId)).Set(Tags.IssuerOfPatientID, Values(patient.Issuer))
            .Set(Tags.PatientBirthDate, Values(patient.BirthDate)).Set(Tags.PatientSex, Values(patient.Sex))
            .Set(Tags.StudyInstanceUID, content.Study)
            .Set(Tags.ProcedureStepState, "SCHEDULED")
            .Set(Tags.ScheduledProcedureStepPriority, Word(content.Letter))
            .Set(Tags.ProcedureStepLabel, "AI-prioritised reading")
            .Set(Tags.WorklistLabel, Values(content.Options.WorklistLabel))
            .Set(Tags.InputReadinessState, "READY")
            .Set(Tags.ScheduledProcedureStepStartDateTime, content.Start.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + content.Start.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal))
            .SetItems(Tags.ScheduledWorkitemCodeSequence, new Code("110005", "DCM", "Interpretation").ToDataSet())
            .SetItems(new DicomTag(0x0074, 0x1210), Triage(content.Priority))
            .SetItems(Tags.InputInformationSequence, [.. Inputs(content)])
            .SetItems(Tags.ReferencedRequestSequence, Request(content));
    }

    /// <summary>Of N-SET: nothing but the priority.</summary>
    public static DataSet Raise(string letter) => new DataSet().Set(Tags.ScheduledProcedureStepPriority, Word(letter));

    /// <summary>What a status means (PS3.4 tables CC.2.5-2 and CC.2.6-3).</summary>
    /// <param name="creates">N-CREATE; else N-SET.</param>
    public static NoticeAnswer Judge(ushort status, bool creates)
    {
        var text = DimseStatus.InWords(status);
        return status switch
        {
            DimseStatus.Success => new(AcknowledgementCode.Accept, text),
            DimseStatus.DuplicateInstance when creates => new(AcknowledgementCode.Accept, text), // an attempt whose answer was lost came through
            0xC300 or 0xC301 or 0xC310 when !creates => new(AcknowledgementCode.Reject, $"{status:X4}H", IsClosed: true),
            DimseStatus.ProcessingFailure or DimseStatus.ResourceLimitation or >= 0xA700 and <= 0xA7FF => new(AcknowledgementCode.Error, text),
            _ => new(DimseStatus.IsWarning(status) ? AcknowledgementCode.Accept : AcknowledgementCode.Reject, text),
        };
    }

    /// <summary>(0074,1200) has no word for critical.</summary>
    private static string Word(string letter) => letter switch
    {
        "S" or "A" => "HIGH",
        "T" => "MEDIUM",
        _ => "LOW",
    };

    private static DataSet Triage(string priority) => new DataSet().Set(Tags.ValueType, "CODE")
        .SetItems(Tags.ConceptNameCodeSequence, new Code("TRIAGE_PRIORITY", Private, "Triage priority").ToDataSet())
        .SetItems(Tags.ConceptCodeSequence, new Code(priority, Private, Priorities.Meaning(priority)).ToDataSet());

    /// <summary>None where no archive is named: an input has to say where it is kept.</summary>
    private static IEnumerable<DataSet> Inputs(UpsContent content) => content.Options.RetrieveAeTitle.Length == 0 ? [] : content.Images.GroupBy(i => i.Series).Select(series => new DataSet()
        .Set(new DicomTag(0x0040, 0xE020), "DICOM").Set(Tags.StudyInstanceUID, content.Study).Set(Tags.SeriesInstanceUID, series.Key)
        .SetItems(Tags.ReferencedSOPSequence, [.. series.Select(i => new DataSet().Set(Tags.ReferencedSOPClassUID, i.SopClassUid).Set(Tags.ReferencedSOPInstanceUID, i.SopInstanceUid))])
        .SetItems(new DicomTag(0x0040, 0xE021), new DataSet().Set(Tags.RetrieveAETitle, content.Options.RetrieveAeTitle)));

    private static DataSet Request(UpsContent content)
    {
        var (patient, request) = (content.Patient, new DataSet());
        if (patient.Placer.Length > 0)
        {
            request.Set(Tags.PlacerOrderNumberImagingServiceRequest, Values(patient.Placer));
        }

        return request.Set(Tags.StudyInstanceUID, content.Study).Set(Tags.AccessionNumber, Values(patient.Accession)).Set(Tags.IssuerOfAccessionNumberSequence)
            .Set(Tags.RequestedProcedureID).Set(Tags.RequestedProcedureDescription).Set(Tags.RequestedProcedureCodeSequence);
    }

    /// <summary>No value makes an element empty; the separator of values cannot stand in one.</summary>
    private static string[] Values(string text) => text.Length == 0 ? [] : [text.Replace('\\', ' ')];
}
