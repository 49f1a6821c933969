namespace PacsAiWorker.Inference.Routing;

/// <summary>What is known of a patient's age beside the image; asked where its header says nothing that can be used.</summary>
/// <param name="ChildrenOnly">Whoever sent it sends children only.</param>
/// <param name="BirthDate">As the study or the information system knows it, YYYYMMDD; goes before <paramref name="ChildrenOnly"/>.</param>
public readonly record struct AgeHint(bool ChildrenOnly, string? BirthDate = null)
{
    /// <param name="studyDate">(0008,0020), a date of VR DA.</param>
    internal PatientAge On(string? studyDate)
    {
        var age = PatientAge.Read(BirthDate, studyDate, null);
        return age != PatientAge.Unknown ? age : ChildrenOnly ? PatientAge.SomeChild : PatientAge.Unknown;
    }
}
