using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline;

/// <summary>Who the patient is as a header has it, for the erasable table.</summary>
public static class PatientHeader
{
    public static PatientIdentityRow Identity(DataSet header) => new()
    {
        PatientId = Text(header, Tags.PatientID),
        PatientName = Text(header, Tags.PatientName),
        BirthDate = Text(header, Tags.PatientBirthDate),
        Sex = Text(header, Tags.PatientSex),
        AccessionNumber = Text(header, Tags.AccessionNumber),
        StudyDate = Text(header, Tags.StudyDate),
        StudyDescription = Text(header, Tags.StudyDescription),
    };

    /// <summary>A text value as a row can keep it: no database takes every control character.</summary>
    public static string? Text(DataSet header, DicomTag tag) => header.GetString(tag) is { } value ? string.Concat(value.Where(c => !char.IsControl(c))) : null;
}
