using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>A study with images that were not scored for want of the patient's age, and its order.</summary>
/// <param name="StudyDate">YYYYMMDD; null where the images are silent.</param>
public sealed record AgeWanted(Guid Study, string Accession, string PatientId, string? StudyDate);

/// <summary>What is known of a patient's age beside an image.</summary>
/// <param name="BirthDate">YYYYMMDD, as the study's images or the information system know it.</param>
/// <param name="WorklistBirthDate">YYYYMMDD, as the modality worklist has it.</param>
/// <param name="WorklistAge">VR AS, of the same entry.</param>
public sealed record KnownAge(string? BirthDate, string? WorklistBirthDate, string? WorklistAge)
{
    public static readonly KnownAge Nothing = new(null, null, null);
}

/// <summary>The patient's age where the images do not tell it (safety rule 16).</summary>
public sealed class AgeStore(RecordsDatabase database, WorkTable work)
{
    private const int Most = 100;

    /// <summary>Age of an instance's patient as its study knows it. What the worklist said of one patient is not said of another whom the study was given since.</summary>
    public async Task<KnownAge> ReadAsync(Guid study, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var identity = await context.Identities.AsNoTracking().SingleOrDefaultAsync(i => i.StudyId == study, cancellation);
        var reconciled = await context.Reconciled.AsNoTracking().SingleOrDefaultAsync(r => r.StudyId == study, cancellation);
        return identity is null ? KnownAge.Nothing
            : reconciled?.PatientId is null ? new KnownAge(reconciled?.BirthDate ?? identity.BirthDate, identity.WorklistBirthDate, identity.WorklistAge)
            : new KnownAge(reconciled.BirthDate ?? identity.BirthDate, null, null);
    }

    /// <summary>Studies that received something since then and whose order the modality worklist may be asked about.</summary>
    public async Task<IReadOnlyList<AgeWanted>> WantedAsync(DateTime since, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var wanted = await (from study in context.Studies
                            join identity in context.Identities on study.Id equals identity.StudyId
                            where study.LastReceivedAt >= since && identity.WorklistBirthDate == null && identity.WorklistAge == null
                                && identity.AccessionNumber != null && identity.AccessionNumber.Trim() != "" && identity.PatientId != null && identity.PatientId.Trim() != ""
                                && !context.Reconciled.Any(r => r.StudyId == study.Id && r.PatientId != null)
                                && context.Instances.Any(i => i.StudyId == study.Id && i.IsCurrent && i.OutcomeReason == IdentityStore.AgeUnknown && i.PurgedAt == null)
                            orderby study.LastReceivedAt descending
                            select new { study.Id, identity.AccessionNumber, identity.PatientId, identity.StudyDate }).Take(Most).ToListAsync(cancellation);
        return [.. wanted.Select(w => new AgeWanted(w.Id, w.AccessionNumber!.Trim(), w.PatientId!.Trim(), w.StudyDate))];
    }

    /// <summary>Keeps what the modality worklist says; images that lacked the age are routed again. Gives how many; none when it was known.</summary>
    public Task<int> KeepAsync(AgeWanted wanted, string? birthDate, string? age, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        await StudyStore.LockAsync(transaction, wanted.Study, cancellation);
        var row = await transaction.Context.Identities.SingleAsync(i => i.StudyId == wanted.Study, cancellation);
        // Another process may have asked too, and a correction may have given the study to another patient.
        if (row.WorklistBirthDate is not null || row.WorklistAge is not null || row.PatientId?.Trim() != wanted.PatientId || row.AccessionNumber?.Trim() != wanted.Accession)
        {
            return 0;
        }

        (row.WorklistBirthDate, row.WorklistAge) = (birthDate, age);
        await transaction.Context.SaveChangesAsync(cancellation);
        var images = await new IdentityStore(database, work).AgeIsKnownAsync(transaction, wanted.Study, cancellation);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("age known", $"study:{wanted.Study}", wanted.Study, new { source = "modality worklist", images })], now, cancellation);
        return images;
    }, cancellation);
}
