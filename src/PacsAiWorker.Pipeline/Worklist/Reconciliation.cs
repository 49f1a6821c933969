using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>What an update makes of one study.</summary>
public abstract record ReconciliationVerdict
{
    private ReconciliationVerdict()
    {
    }

    /// <summary>The study is another patient's, or nothing about it changes.</summary>
    public sealed record Nothing : ReconciliationVerdict;

    /// <param name="Row">Who its patient is from now on.</param>
    /// <param name="Words">What changed: id, name, birth date, sex.</param>
    public sealed record Changed(ReconciledIdentityRow Row, IReadOnlyList<string> Words) : ReconciliationVerdict;

    /// <summary>The identifier is the same, and nothing says that it is of the same issuer: nothing changes.</summary>
    public sealed record Unsure : ReconciliationVerdict;

    /// <summary>Which of the patient's identifiers takes the place of the one that was given up is not clear.</summary>
    public sealed record Ambiguous : ReconciliationVerdict;
}

/// <summary>Pure: whether a study is of the patient that a message names, and what becomes of its identity.</summary>
public static class Reconciliation
{
    private const int IssuerField = 1;

    /// <param name="patient">Who it is now.</param>
    /// <param name="givenUp">Identifiers that became the patient's first one; empty for an update.</param>
    public static ReconciliationVerdict Decide(PatientCandidate study, ToldPatient patient, IReadOnlyList<ToldId> givenUp, string source, DateTime at)
    {
        var (identity, earlier) = (study.Identity, study.Reconciled);
        if (earlier is not null && earlier.At > at)
        {
            // Told before what is known already: messages may overtake each other.
            return new ReconciliationVerdict.Nothing();
        }

        var id = earlier?.PatientId ?? identity.PatientId;
        var isMerge = givenUp.Count > 0;
        var named = (isMerge ? givenUp : patient.Ids).Where(t => t.Value == id?.Trim() && IsIssuer(study, t.Issuer) != false).MaxBy(t => IsIssuer(study, t.Issuer) == true);
        if (named is null)
        {
            return new ReconciliationVerdict.Nothing();
        }

        var birth = earlier?.BirthDate ?? identity.BirthDate;
        var isSure = IsIssuer(study, named.Issuer) == true || (patient.BirthDate is not null && patient.BirthDate == birth?.Trim());
        var successor = isMerge ? Successor(patient.Ids, named) : null;
        if (isMerge && isSure && successor is null)
        {
            return new ReconciliationVerdict.Ambiguous();
        }

        var changed = new List<string>();
        string? Take(string word, string? told, string? known, Func<string, string, bool> isSame)
        {
            if (told is null || isSame(told, known ?? ""))
            {
                return known;
            }

            changed.Add(word);
            return told;
        }

        static bool IsSame(string told, string known) => told.Trim().Equals(known.Trim(), StringComparison.OrdinalIgnoreCase);
        var row = new ReconciledIdentityRow
        {
            StudyId = study.Study.Id,
            PatientId = Take("id", (successor ?? (isMerge ? patient.Ids[0] : null))?.Value, id, IsSame),
            Issuer = successor is { Issuer.Length: > 0 } ? successor.Issuer : earlier?.Issuer,
            PatientName = Take("name", patient.Name, earlier?.PatientName ?? identity.PatientName, IsSameName),
            BirthDate = Take("birth date", patient.BirthDate, birth, IsSame),
            Sex = Take("sex", patient.Sex, earlier?.Sex ?? identity.Sex, IsSame),
            Source = source,
            At = at,
        };
        return changed.Count == 0 ? new ReconciliationVerdict.Nothing() : isSure ? new ReconciliationVerdict.Changed(row, changed) : new ReconciliationVerdict.Unsure();
    }

    /// <summary>The identifier of the issuer whose other one was given up; where that says nothing, the only one, or the only medical record number. Null: not clear.</summary>
    private static ToldId? Successor(IReadOnlyList<ToldId> ids, ToldId givenUp)
    {
        List<ToldId> same = [.. ids.Where(i => i.Issuer == givenUp.Issuer).DistinctBy(i => i.Value)];
        if (same.Count == 1)
        {
            return same[0];
        }

        List<ToldId> all = same.Count > 0 ? same : [.. ids.DistinctBy(i => (i.Value, i.Issuer))];
        List<ToldId> records = [.. all.Where(i => i.Type == "MR")];
        return records.Count == 1 ? records[0]
            : all.Count == 1 && (all[0].Issuer.Length == 0 || givenUp.Issuer.Length == 0) ? all[0]
            : null;
    }

    /// <summary>Components that were empty and are filled now make nobody another person; a name where there was none is a change.</summary>
    private static bool IsSameName(string told, string known)
    {
        var (now, before) = (PersonName.Parse(told).Alphabetic, PersonName.Parse(known).Alphabetic);
        static bool IsSame(string told, string known) => known.Length == 0 || told.Equals(known, StringComparison.OrdinalIgnoreCase);
        return now == before || (!before.IsEmpty && IsSame(now.Family, before.Family) && IsSame(now.Given, before.Given)
            && IsSame(now.Middle, before.Middle) && IsSame(now.Prefix, before.Prefix) && IsSame(now.Suffix, before.Suffix));
    }

    /// <summary>Null where the message or the images name none.</summary>
    private static bool? IsIssuer(PatientCandidate study, string issuer)
    {
        if (issuer.Length == 0)
        {
            return null;
        }

        if (study.Reconciled?.Issuer is { } known)
        {
            return known == issuer;
        }

        var told = Identities.Digest(study.Study.StudyInstanceUid, [issuer]);
        List<string> named = [.. study.IdentityDigests.Select(d => d.Split(':').ElementAtOrDefault(IssuerField) ?? "").Where(d => d.Length > 0)];
        return named.Count == 0 ? null : named.All(d => d == told);
    }
}
