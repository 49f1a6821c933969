using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>Pure: what a second version under a known SOP Instance UID is (safety rule 14).</summary>
public static class VersionDecider
{
    /// <summary>Same pixels, or none in either: a correction. Other pixels: a conflict. Where the first one's bytes are gone and nobody digested them, a person has to say: as a correction.</summary>
    /// <param name="first">Pixel digest; empty: it has no pixels; null: not known.</param>
    /// <param name="other">As <paramref name="first"/>.</param>
    /// <returns>One of <see cref="SetAsides"/>.</returns>
    public static string Decide(string? first, string? other) => first is null || other is null || first == other ? SetAsides.Correction : SetAsides.Conflict;

    /// <summary>
    /// Whether the information system says of the patient what the corrected header says: the patient id is named by both and equal, and
    /// nothing else contradicts it.
    /// </summary>
    /// <param name="studyUid">Of the correction.</param>
    /// <param name="identityDigest">Of the correction.</param>
    public static bool SaysTheSame(string studyUid, string identityDigest, ReconciledIdentityRow told)
    {
        var digest = Identities.Digest(studyUid, [told.PatientId, told.Issuer, told.BirthDate, told.Sex, null]);
        var id = digest.Split(':')[0];
        return id.Length > 0 && identityDigest.Split(':')[0] == id && !Identities.Conflict([digest, identityDigest]);
    }
}
