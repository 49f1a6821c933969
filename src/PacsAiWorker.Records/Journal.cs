using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records;

/// <summary>A whole, synced file that waits for its row.</summary>
/// <param name="Instance">Row to be written; its study key is filled in here.</param>
/// <param name="QuietTime">How long the study waits for more images of this caller.</param>
public sealed record ReceivedInstance(InstanceRow Instance, string StudyInstanceUid, PatientIdentityRow Identity, string Site, short Tier, TimeSpan QuietTime);

/// <summary>What the journal made of a file, and the file that is in use for this content: its own, or of a duplicate the first one's.</summary>
public sealed record JournalResult(JournalVerdict Verdict, string File);

/// <summary>The database answers but does not take these rows: waiting will not help.</summary>
public sealed class JournalRefusedException(Exception cause) : Exception("The database does not take the row: " + cause.GetBaseException().Message, cause);

/// <summary>What the journal made of a file.</summary>
public enum JournalVerdict
{
    /// <summary>New: kept and queued.</summary>
    Recorded,

    /// <summary>The same content is kept already: this copy of the file is not needed.</summary>
    Duplicate,

    /// <summary>Same SOP Instance UID, other content: both are kept, the first stays in use.</summary>
    Conflict,
}

/// <summary>Writes received instances with all that follows from them in one durable transaction: before it there is no 0000H.</summary>
public sealed class Journal(RecordsDatabase database, WorkTable work, TimeProvider clock, TimeSpan studyCap)
{
    private const int Tries = 3;

    /// <summary>Commits a group of files together; the verdicts stand in the order of the files.</summary>
    /// <exception cref="JournalRefusedException">The database answers but refuses: nothing was written.</exception>
    /// <exception cref="Exception">The database is away: nothing was written, as far as is known.</exception>
    public async Task<IReadOnlyList<JournalResult>> CommitAsync(IReadOnlyList<ReceivedInstance> files, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.WriteAsync(transaction => RecordAsync(transaction, files, cancellation), cancellation);
            }
            catch (DbUpdateException) when (attempt < Tries)
            {
                // Another process wrote the same instance between our look and our insert; the next look finds its row.
            }
            catch (DbUpdateException error)
            {
                if (await database.AnswersAsync(cancellation))
                {
                    throw new JournalRefusedException(error);
                }

                throw;
            }
        }
    }

    private async Task<IReadOnlyList<JournalResult>> RecordAsync(RecordsTransaction transaction, IReadOnlyList<ReceivedInstance> files, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var uids = files.Select(f => f.Instance.SopInstanceUid).Distinct().ToList();
        var known = await context.Instances.Where(r => uids.Contains(r.SopInstanceUid)).ToListAsync(cancellation);
        var verdicts = new JournalResult[files.Count];
        var kept = new List<ReceivedInstance>();
        var events = new List<AuditEvent>();
        var now = clock.GetUtcNow().UtcDateTime;
        for (var i = 0; i < files.Count; i++)
        {
            var row = files[i].Instance;
            var same = known.FirstOrDefault(r => r.SopInstanceUid == row.SopInstanceUid && r.Digest == row.Digest);
            if (same is not null)
            {
                verdicts[i] = new JournalResult(JournalVerdict.Duplicate, same.File);
                same.Duplicates++;
                events.Add(new AuditEvent("duplicate", $"instance:{same.Id}", same.StudyId == Guid.Empty ? null : same.StudyId, new { row.CallingAe }));
                continue;
            }

            verdicts[i] = new JournalResult(JournalVerdict.Recorded, row.File);
            (row.IsCurrent, row.Outcome) = (true, null);
            if (known.Any(r => r.SopInstanceUid == row.SopInstanceUid))
            {
                verdicts[i] = new JournalResult(JournalVerdict.Conflict, row.File);
                row.IsCurrent = false;
                row.Outcome = Outcomes.NotScored;
                row.OutcomeReason = "identity conflict";
                row.OutcomeDetail = "same SOP Instance UID with other content: the first that came stays in use";
                row.OutcomeAt = now;
            }

            row.ReceivedAt = now;
            known.Add(row);
            kept.Add(files[i]);
        }

        // Studies in one order everywhere, so that two receivers never wait for each other.
        foreach (var group in kept.GroupBy(f => f.StudyInstanceUid).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            events.AddRange(await RecordStudyAsync(transaction, group.Key, [.. group], now, cancellation));
        }

        await AuditChain.AppendAsync(transaction, events, now, cancellation);
        return verdicts;
    }

    private async Task<IReadOnlyList<AuditEvent>> RecordStudyAsync(
        RecordsTransaction transaction, string studyUid, IReadOnlyList<ReceivedInstance> files, DateTime now, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var current = files.Count(f => f.Instance.IsCurrent);
        var first = files[0];
        var study = (await context.Studies.FromSqlRaw(
            $$"""
            INSERT INTO study (id, study_instance_uid, state, revision, instance_count, calling_ae, site, first_received_at, last_received_at, tier, priority, priority_reason, quiet_seconds)
            VALUES ({0}, {1}, 'open', 1, {2}, {3}, {4}, {5}, {5}, {6}, 'TP0', '', {7})
            ON CONFLICT (study_instance_uid) DO UPDATE SET
                last_received_at = excluded.last_received_at, quiet_seconds = excluded.quiet_seconds, instance_count = study.instance_count + excluded.instance_count,
                revision = CASE WHEN study.state = 'complete' AND excluded.instance_count > 0 THEN study.revision + 1 ELSE study.revision END,
                state = CASE WHEN excluded.instance_count > 0 THEN 'open' ELSE study.state END
            RETURNING *
            """,
            Guid.CreateVersion7(), studyUid, current, first.Instance.CallingAe, first.Site, now, first.Tier, (int)files.Max(f => f.QuietTime.TotalSeconds)).AsNoTracking().ToListAsync(cancellation)).Single();

        if (!await context.Identities.AnyAsync(r => r.StudyId == study.Id, cancellation))
        {
            first.Identity.StudyId = study.Id;
            context.Identities.Add(first.Identity);
        }

        var events = new List<AuditEvent>();
        foreach (var row in files.Select(f => f.Instance))
        {
            row.StudyId = study.Id;
            context.Instances.Add(row);
            events.Add(new AuditEvent(row.IsCurrent ? "received" : "conflict", $"instance:{row.Id}", study.Id,
                new { row.CallingAe, row.CalledAe, row.Source, row.Digest, bytes = row.DataSetBytes, revision = study.Revision }));
        }

        await context.SaveChangesAsync(cancellation);
        foreach (var row in files.Select(f => f.Instance).Where(r => r.IsCurrent))
        {
            await work.EnqueueAsync(transaction, new NewWork(WorkKinds.Score, row.Id.ToString(), row.Id, study.Tier), cancellation);
        }

        if (current > 0)
        {
            await work.EnqueueStudyAsync(transaction, study, files.Max(f => f.QuietTime), studyCap, cancellation);
        }

        return events;
    }

    /// <summary>Spool files that have a row, to find those that have none.</summary>
    public async Task<HashSet<string>> KnownFilesAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return [.. await context.Instances.Select(r => r.File).ToListAsync(cancellation)];
    }
}
