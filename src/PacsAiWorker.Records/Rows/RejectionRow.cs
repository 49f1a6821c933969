namespace PacsAiWorker.Records.Rows;

/// <summary>One image that a rejection note names; it holds for an image that comes after the note too.</summary>
public sealed class RejectionRow
{
    /// <summary>The note, an instance of ours.</summary>
    public Guid NoteId { get; set; }
    public InstanceRow? Note { get; set; }
    public required string SopInstanceUid { get; set; }
    public required string StudyInstanceUid { get; set; }

    /// <summary>Title of the note, in words.</summary>
    public required string Title { get; set; }
    public DateTime At { get; set; }

    /// <summary>
    /// Pure: whether a note speaks of an image's patient beyond doubt: both name the same patient id, and contradict each other neither about
    /// its issuer nor about birth date or sex. The order may differ, for that may be what was wrong.
    /// </summary>
    /// <param name="note">What the note says of the patient, see <see cref="InstanceRow.IdentityDigest"/>; salted as the image's.</param>
    public static bool IsOfSamePatient(string note, string image)
    {
        var (its, theirs) = (note.Split(':'), image.Split(':'));
        return its.Length >= PatientFields && theirs.Length >= PatientFields && its[0].Length > 0 && its[0] == theirs[0]
            && its.Zip(theirs).Take(PatientFields).All(f => f.First.Length == 0 || f.Second.Length == 0 || f.First == f.Second);
    }

    private const int PatientFields = 4;
}
