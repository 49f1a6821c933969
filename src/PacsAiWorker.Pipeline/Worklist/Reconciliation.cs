using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>What an update makes of one study.</summary>
/// <param name="Row">Who its patient is from now on.</param>
/// <param name="Changed">What changed, in words: id, name, birth date, sex.</param>
public sealed record ReconciledStudy(ReconciledIdentityRow Row, IReadOnlyList<string> Changed);

/// <summary>Pure: whether a study is of the patient that a message names, and what becomes of its identity.</summary>
public static class Reconciliation
{
    private const int IssuerField = 1;

    /// <summary>Null where the study is another patient's, or nothing about it changes.</summary>
    /// <param name="patient">Who it is now.</param>
    /// <param name="givenUp">Identifiers that became the patient's first one; empty for an update.</param>
    public static ReconciledStudy? Decide(PatientCandidate study, ToldPatient patient, IReadOnlyList<ToldId> givenUp, string source, DateTime at)
    {
        var (identity, earlier) = (study.Identity, study.Reconciled);
        if (earlier is not null && earlier.At > at)
        {
            // Told before what is known already: messages may overtake each other.
            return null;
        }

        var id = earlier?.PatientId ?? identity.PatientId;
        bool IsIts(ToldId told) => told.Value == id?.Trim() && IsIssuer(study, told.Issuer);
        var isMerge = givenUp.Any(IsIts);
        if (!isMerge && (givenUp.Count > 0 || !patient.Ids.Any(IsIts)))
        {
            return null;
        }

        var changed = new List<string>();
        string? Take(string word, string? told, string? known, Func<string, string> form)
        {
            if (told is null || form(told).Equals(form(known ?? ""), StringComparison.OrdinalIgnoreCase))
            {
                return known;
            }

            changed.Add(word);
            return told;
        }

        static string Plain(string text) => text.Trim();
        var row = new ReconciledIdentityRow
        {
            StudyId = study.Study.Id,
            PatientId = Take("id", isMerge ? patient.Ids[0].Value : null, id, Plain),
            Issuer = isMerge && patient.Ids[0].Issuer.Length > 0 ? patient.Ids[0].Issuer : earlier?.Issuer,
            PatientName = Take("name", patient.Name, earlier?.PatientName ?? identity.PatientName, n => PersonName.Parse(n).Alphabetic.ToString()),
            BirthDate = Take("birth date", patient.BirthDate, earlier?.BirthDate ?? identity.BirthDate, Plain),
            Sex = Take("sex", patient.Sex, earlier?.Sex ?? identity.Sex, Plain),
            Source = source,
            At = at,
        };
        return changed.Count == 0 ? null : new ReconciledStudy(row, changed);
    }

    /// <summary>False only where the images name an issuer and it is another one.</summary>
    private static bool IsIssuer(PatientCandidate study, string issuer)
    {
        if (issuer.Length == 0)
        {
            return true;
        }

        if (study.Reconciled?.Issuer is { } known)
        {
            return known == issuer;
        }

        var told = Identities.Digest(study.Study.StudyInstanceUid, [issuer]);
        return study.IdentityDigests.Select(d => d.Split(':').ElementAtOrDefault(IssuerField) ?? "").Where(d => d.Length > 0).All(d => d == told);
    }
}
