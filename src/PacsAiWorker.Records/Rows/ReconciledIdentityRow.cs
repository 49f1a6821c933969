namespace PacsAiWorker.Records.Rows;

/// <summary>
/// Who the patient of a study is by the information system, where that differs from what the images said. As erasable as
/// <see cref="PatientIdentityRow"/>. What is null holds as the images have it.
/// </summary>
public sealed class ReconciledIdentityRow
{
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }
    public string? PatientId { get; set; }
    public string? Issuer { get; set; }

    /// <summary>As DICOM writes names (PS3.5 section 6.2.1).</summary>
    public string? PatientName { get; set; }

    /// <summary>YYYYMMDD.</summary>
    public string? BirthDate { get; set; }

    /// <summary>M, F or O.</summary>
    public string? Sex { get; set; }

    /// <summary>Message that said so, for example <c>ADT^A40</c>, and when.</summary>
    public required string Source { get; set; }
    public DateTime At { get; set; }
}
