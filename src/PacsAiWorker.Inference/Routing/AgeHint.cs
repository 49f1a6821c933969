namespace PacsAiWorker.Inference.Routing;

/// <summary>What is known of a patient's age beside the image; asked where its header says nothing that can be used.</summary>
/// <param name="ChildrenOnly">Whoever sent it sends children only.</param>
/// <param name="BirthDate">As the study or the information system knows it, YYYYMMDD; goes before all that follows.</param>
/// <param name="WorklistBirthDate">As the modality worklist has it for the order, YYYYMMDD; goes before <paramref name="ChildrenOnly"/>.</param>
/// <param name="WorklistAge">Patient's Age of the same entry, VR AS.</param>
public readonly record struct AgeHint(bool ChildrenOnly, string? BirthDate = null, string? WorklistBirthDate = null, string? WorklistAge = null)
{
    /// <summary>Whether it tells an age: impossible and placeholder values do not.</summary>
    /// <param name="studyDate">(0008,0020), a date of VR DA.</param>
    public bool TellsOn(string? studyDate) => On(studyDate) != PatientAge.Unknown;

    /// <param name="studyDate">(0008,0020), a date of VR DA.</param>
    internal PatientAge On(string? studyDate)
    {
        var age = PatientAge.Read(BirthDate, studyDate, null);
        age = age != PatientAge.Unknown ? age : PatientAge.Read(WorklistBirthDate, studyDate, WorklistAge);
        return age != PatientAge.Unknown ? age : ChildrenOnly ? PatientAge.SomeChild : PatientAge.Unknown;
    }
}
