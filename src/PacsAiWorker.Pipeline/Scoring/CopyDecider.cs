using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>Who the patient of an image is, as its header has it.</summary>
public sealed record HeaderPatient(string? Id, string? Issuer, string? BirthDate, string? Sex);

/// <summary>
/// Pure: whether an image is a copy of another one with the same pixels (safety rule 14). Two patients may share a picture, for example
/// a black one, so the patient must be the same beyond doubt; and the original must have been scored by every package that would take the
/// copy, so that nothing is missed. In doubt it is no copy, and is scored.
/// <list type="bullet">
/// <item>In one study: the two contradict each other in no identifying attribute; else they are a conflict and the study is held.</item>
/// <item>In two studies: patient id and birth date are there and equal, issuer and sex do not contradict each other, and nobody said since
/// that the original's patient is another.</item>
/// </list>
/// </summary>
public static class CopyDecider
{
    private const int IdField = 0, BirthDateField = 2, PatientFields = 4;

    /// <param name="image">The image that came later.</param>
    public static bool IsSamePatient(InstanceRow image, HeaderPatient patient, PixelTwin other)
    {
        if (image.StudyId == other.Image.StudyId)
        {
            return !Identities.Conflict([image.IdentityDigest, other.Image.IdentityDigest]);
        }

        // Digests are salted with their study: what this header says is digested as that study would have it.
        var mine = Identities.Digest(other.StudyInstanceUid, [patient.Id, patient.Issuer, patient.BirthDate, patient.Sex]).Split(':');
        var theirs = other.Image.IdentityDigest.Split(':').Take(PatientFields).ToArray();
        bool IsSame(int field) => theirs.Length == PatientFields && mine[field].Length > 0 && mine[field] == theirs[field];
        return !other.IsReconciled && IsSame(IdField) && IsSame(BirthDateField) && !Identities.Conflict([string.Join(':', mine), string.Join(':', theirs)]);
    }

    /// <param name="takenBy">Ids of the packages that would score the image.</param>
    public static bool AddsNothing(IReadOnlyCollection<string> takenBy, PixelTwin other) => takenBy.Count > 0 && takenBy.All(other.Models.Contains);
}
