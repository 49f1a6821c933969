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

    /// <summary>YYYYMMDD, as the modality worklist names it for the order of this patient; asked for where no image tells the age, and used for routing alone.</summary>
    public string? WorklistBirthDate { get; set; }

    /// <summary>Patient's Age (VR AS) of the same entry.</summary>
    public string? WorklistAge { get; set; }

    /// <summary>Where the age of images that tell none is from, in words; nothing where nobody was asked.</summary>
    internal IReadOnlyList<string> AgeFrom => WorklistBirthDate is null && WorklistAge is null ? [] : ["age from the modality worklist"];
}
