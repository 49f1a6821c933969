namespace PacsAiWorker.Records.Rows;

/// <summary>The only table with a patient's identity, apart from the others so that it can be erased alone.</summary>
public sealed class PatientIdentityRow
{
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }
    public string? PatientId { get; set; }
    public string? PatientName { get; set; }
    public string? BirthDate { get; set; }
    public string? Sex { get; set; }
    public string? AccessionNumber { get; set; }
    public string? StudyDate { get; set; }
    public string? StudyDescription { get; set; }
}
