using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>A study that may be of a patient whom a message names.</summary>
/// <param name="IdentityDigests">What its images say of the patient, as digests.</param>
public sealed record PatientCandidate(StudyRow Study, PatientIdentityRow Identity, ReconciledIdentityRow? Reconciled, IReadOnlyList<string> IdentityDigests);

/// <summary>What became of a study whose patient was reconciled.</summary>
/// <param name="IsDecidedAgain">False when there was nothing to decide again: no result, or no image is kept any more.</param>
/// <param name="Withheld">Deliveries that waited under the earlier identity and go out no more.</param>
/// <param name="GivenUp">Deliveries that a PACS stored under it and whose promise is not waited for.</param>
public sealed record ReconciledOutcome(bool IsDecidedAgain, IReadOnlyList<DeliveryRow> Withheld, IReadOnlyList<DeliveryRow> GivenUp);

/// <summary>What Worklist reads and writes when the information system tells something; everything in the caller's transaction.</summary>
public sealed class InboundStore(WorkTable work)
{
    /// <summary>Orders that nobody spoke of for so long are forgotten.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(90);

    /// <summary>Studies whose patient has one of these identifiers, by the images or as reconciled since; in the order in which everybody locks studies.</summary>
    public static async Task<IReadOnlyList<PatientCandidate>> OfPatientAsync(RecordsTransaction transaction, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var patients = from identity in context.Identities.AsNoTracking()
                       join reconciled in context.Reconciled.AsNoTracking() on identity.StudyId equals reconciled.StudyId into all
                       from reconciled in all.DefaultIfEmpty()
                       where (reconciled == null || reconciled.PatientId == null) ? ids.Contains(identity.PatientId!) : ids.Contains(reconciled.PatientId!)
                       select identity.StudyId;
        var locked = await context.Studies.Where(s => patients.Contains(s.Id)).Select(s => new { s.Id, s.StudyInstanceUid }).ToListAsync(cancellation);
        foreach (var study in locked.OrderBy(s => s.StudyInstanceUid, StringComparer.Ordinal))
        {
            // Before anything of it is read: of two messages about a patient the second sees what the first wrote.
            await context.Studies.FromSqlRaw("SELECT * FROM study WHERE id = {0}" + transaction.Database.ForUpdate, study.Id).AsNoTracking().ToListAsync(cancellation);
        }

        var mine = locked.Select(s => s.Id).ToList();
        var found = await (from identity in context.Identities.AsNoTracking()
                           join study in context.Studies.AsNoTracking() on identity.StudyId equals study.Id
                           join reconciled in context.Reconciled.AsNoTracking() on identity.StudyId equals reconciled.StudyId into all
                           from reconciled in all.DefaultIfEmpty()
                           where mine.Contains(identity.StudyId) && ((reconciled == null || reconciled.PatientId == null) ? ids.Contains(identity.PatientId!) : ids.Contains(reconciled.PatientId!))
                           select new { study, identity, reconciled }).ToListAsync(cancellation);
        var keys = found.Select(f => f.study.Id).ToList();
        var digests = (await context.Instances.Where(i => keys.Contains(i.StudyId) && i.IsCurrent).Select(i => new { i.StudyId, i.IdentityDigest }).Distinct().ToListAsync(cancellation)).ToLookup(d => d.StudyId, d => d.IdentityDigest);
        return [.. found.OrderBy(f => f.study.StudyInstanceUid, StringComparer.Ordinal).Select(f => new PatientCandidate(f.study, f.identity, f.reconciled, [.. digests[f.study.Id]]))];
    }

    /// <summary>
    /// Keeps who the patient is; a study that has results is decided again under its next revision, so that its reports are issued again, and
    /// a message that nobody took yet is written anew. Reports under the earlier identity that wait for a PACS stay here (safety rule 13).
    /// </summary>
    public async Task<ReconciledOutcome> ReconcileAsync(RecordsTransaction transaction, ReconciledIdentityRow row, TimeSpan cap, CancellationToken cancellation)
    {
        var context = transaction.Context;

        // A report that is being written at this moment is either seen below or sees who the patient is.
        await StudyStore.LockAsync(transaction, row.StudyId, cancellation);
        var before = await context.Identities.Where(i => i.StudyId == row.StudyId).Select(i => i.BirthDate).SingleOrDefaultAsync(cancellation);
        if (await context.Reconciled.SingleOrDefaultAsync(r => r.StudyId == row.StudyId, cancellation) is { } known)
        {
            before = known.BirthDate;
            context.Entry(known).CurrentValues.SetValues(row);
        }
        else
        {
            context.Reconciled.Add(row);
        }

        foreach (var notice in await context.Notices.Where(n => n.StudyId == row.StudyId && n.State != NoticeStates.Acknowledged).ToListAsync(cancellation))
        {
            // The control id stays: the next message takes the one after it.
            notice.Message = null;
        }

        await context.SaveChangesAsync(cancellation);
        var reopened = await context.Studies.FromSqlRaw(
            """
            UPDATE study SET state = 'open', revision = revision + 1 WHERE id = {0} AND state = 'complete'
            AND EXISTS (SELECT 1 FROM result WHERE study_id = {0}) AND EXISTS (SELECT 1 FROM instance WHERE study_id = {0} AND is_current AND purged_at IS NULL) RETURNING *
            """, row.StudyId).AsNoTracking().ToListAsync(cancellation);
        foreach (var study in reopened)
        {
            await work.EnqueueStudyAsync(transaction, study, TimeSpan.Zero, cap, cancellation);
        }

        await IdentityAsync(transaction, row, before, cancellation);
        var (withheld, givenUp) = await DeliveryStore.SupersedeAsync(transaction, row.StudyId, cancellation);
        return new ReconciledOutcome(reopened.Count > 0, withheld, givenUp);
    }

    /// <summary>What waited for this word: images for the age, corrections that say the same, and reports that an archive changed.</summary>
    /// <param name="before">Birth date that was known until now.</param>
    private async Task IdentityAsync(RecordsTransaction transaction, ReconciledIdentityRow row, string? before, CancellationToken cancellation)
    {
        var store = new IdentityStore(transaction.Database, work);
        if (!string.IsNullOrWhiteSpace(row.BirthDate) && row.BirthDate.Trim() != before?.Trim())
        {
            await store.AgeIsKnownAsync(transaction, row.StudyId, cancellation);
        }

        await store.ReleaseAsync(transaction, row.StudyId, h => h.Reason == HoldReasons.Coerced, HoldEnds.Reconciled, row.At, cancellation);
        if (await transaction.Context.Instances.AnyAsync(i => i.StudyId == row.StudyId && i.SetAside == SetAsides.Correction, cancellation))
        {
            var tier = await transaction.Context.Studies.Where(s => s.Id == row.StudyId).Select(s => s.Tier).SingleAsync(cancellation);
            await work.EnqueueAgainAsync(transaction, new NewWork(WorkKinds.Identity, IdentityStore.ReconciledKey + row.StudyId, row.StudyId, tier), cancellation);
        }
    }

    /// <summary>Studies of an order with whom the records hold for its patient.</summary>
    public static async Task<IReadOnlyList<(Guid Study, string? PatientId)>> OfOrderAsync(RecordsTransaction transaction, string accession, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var found = await (from identity in context.Identities
                           join reconciled in context.Reconciled on identity.StudyId equals reconciled.StudyId into all
                           from reconciled in all.DefaultIfEmpty()
                           where identity.AccessionNumber == accession
                           select new { identity.StudyId, Id = reconciled == null ? identity.PatientId : reconciled.PatientId ?? identity.PatientId }).ToListAsync(cancellation);
        return [.. found.Select(f => (f.StudyId, f.Id))];
    }

    /// <summary>Changes what is known of an order, and has notices that a rule kept back looked at again.</summary>
    public static async Task<OrderContextRow> WriteOrderAsync(
        RecordsTransaction transaction, string accession, IReadOnlyList<Guid> studies, DateTime now, Action<OrderContextRow> change, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var digest = OrderContextRow.DigestOf(accession);
        // Locked: of two who tell of an order at the same time neither writes over what the other said.
        Task<List<OrderContextRow>> LockAsync() => context.Orders.FromSqlRaw("SELECT * FROM order_context WHERE accession_digest = {0}" + transaction.Database.ForUpdate, digest).ToListAsync(cancellation);
        var row = (await LockAsync()).SingleOrDefault();
        if (row is null)
        {
            var forgotten = now - Remembered;
            await context.Orders.Where(o => o.ChangedAt < forgotten).ExecuteDeleteAsync(cancellation);
            await context.Database.ExecuteSqlRawAsync(
                $$"""
                INSERT INTO order_context (accession_digest, priority, priority_source, status, status_source, read_state, read_source, changed_at)
                VALUES ({0}, '', '', '', '', '', '', {{transaction.Database.Now}}) ON CONFLICT (accession_digest) DO NOTHING
                """, [digest], cancellation);
            row = (await LockAsync()).Single();
        }

        var wasRead = row.ReadState == ReadStates.Read;
        change(row);
        row.ChangedAt = now;
        await context.SaveChangesAsync(cancellation);
        if (!wasRead && row.ReadState == ReadStates.Read)
        {
            await context.Studies.Where(s => studies.Contains(s.Id) && s.ReadAt == null).ExecuteUpdateAsync(s => s.SetProperty(r => r.ReadAt, row.ReadAt ?? now).SetProperty(r => r.ReadBy, row.ReadSource), cancellation);
        }

        foreach (var study in studies)
        {
            await NoticeStore.LookAgainAsync(transaction, study, cancellation);
        }

        return row;
    }
}
