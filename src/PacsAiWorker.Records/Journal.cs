using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records;

/// <summary>A durable record of the spool that waits for its row.</summary>
/// <param name="Instance">Row to be written; its study key is filled in here.</param>
/// <param name="QuietTime">How long the study waits for more images of this caller.</param>
public sealed record ReceivedInstance(InstanceRow Instance, string StudyInstanceUid, PatientIdentityRow Identity, string Site, short Tier, TimeSpan QuietTime)
{
    /// <summary>More of its study may be on its way: nobody decides the study for this long.</summary>
    public TimeSpan Hold { get; init; }
}

/// <summary>How far a group brings the rows of one segment.</summary>
public sealed record SegmentMark(Guid Segment, long RecordedBytes);

/// <summary>The database answers but does not take these rows: waiting will not help.</summary>
public sealed class JournalRefusedException(Exception cause) : Exception("The database does not take the row: " + cause.GetBaseException().Message, cause);

/// <summary>What the journal made of a file.</summary>
public enum JournalVerdict
{
    /// <summary>New: kept and queued.</summary>
    Recorded,

    /// <summary>The same content is kept already, and stays in use; unless its bytes are gone: then these take its place.</summary>
    Duplicate,

    /// <summary>Same SOP Instance UID, other content: both are kept, the first stays in use.</summary>
    Conflict,
}

/// <summary>
/// Writes received instances with all that follows from them in one transaction, and how far it has come in the spool. The log is what is
/// durable: rows that a power cut takes back are written again from it.
/// </summary>
public sealed class Journal(RecordsDatabase database, WorkTable work, TimeProvider clock, TimeSpan studyCap)
{
    private const int Tries = 3;

    /// <summary>Commits a group of records together; the verdicts stand in their order.</summary>
    /// <param name="files">What was received, in the order of receiving.</param>
    /// <param name="marks">How far each segment is recorded with this group.</param>
    /// <param name="isThere">Whether the bytes at a place of the spool are still there.</param>
    /// <exception cref="JournalRefusedException">The database answers but refuses: nothing was written.</exception>
    /// <exception cref="Exception">The database is away: nothing was written, as far as is known.</exception>
    public async Task<IReadOnlyList<JournalVerdict>> CommitAsync(
        IReadOnlyList<ReceivedInstance> files, IReadOnlyList<SegmentMark> marks, Func<string, bool> isThere, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.WriteRebuildableAsync(async transaction =>
                {
                    var verdicts = await RecordAsync(transaction, files, isThere, cancellation);
                    await MarkAsync(transaction, marks, cancellation);
                    return verdicts;
                }, cancellation);
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

    /// <summary>Passes over a record that cannot have a row, with the reason for people to see.</summary>
    public Task SetAsideAsync(string location, string reason, SegmentMark mark, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        if (!await transaction.Context.SpoolProblems.AnyAsync(r => r.Location == location, cancellation))
        {
            transaction.Context.SpoolProblems.Add(new SpoolProblemRow { Location = location, Reason = reason, At = clock.GetUtcNow().UtcDateTime });
        }

        await MarkAsync(transaction, [mark], cancellation);
    }, cancellation);

    /// <summary>How far each segment is recorded.</summary>
    public async Task<Dictionary<Guid, long>> MarksAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.SpoolSegments.ToDictionaryAsync(r => r.Id, r => r.RecordedBytes, cancellation);
    }

    /// <summary>Keeps open studies from being decided for this long, up to their cap.</summary>
    public Task HoldAsync(IReadOnlyList<string> studyUids, TimeSpan hold, CancellationToken cancellation) => studyUids.Count == 0 ? Task.CompletedTask
        : database.WriteAsync(transaction => work.HoldStudiesAsync(transaction, studyUids, hold, studyCap, cancellation), cancellation);

    /// <summary>Studies that were held wait for nothing but their quiet time.</summary>
    public Task ReleaseAsync(IReadOnlyList<string> studyUids, CancellationToken cancellation) =>
        database.WriteAsync(transaction => work.ReleaseStudiesAsync(transaction, studyUids, cancellation), cancellation);

    /// <summary>As <see cref="ReleaseAsync"/>, for every study that anybody holds but these: another receiver that does says so again.</summary>
    public Task ReleaseOthersAsync(IReadOnlyList<string> studyUids, CancellationToken cancellation) =>
        database.WriteAsync(transaction => work.ReleaseOtherStudiesAsync(transaction, studyUids, cancellation), cancellation);

    private async Task MarkAsync(RecordsTransaction transaction, IReadOnlyList<SegmentMark> marks, CancellationToken cancellation)
    {
        foreach (var mark in marks)
        {
            await transaction.Context.Database.ExecuteSqlRawAsync(
                $$"""
                INSERT INTO spool_segment (id, recorded_bytes, changed_at) VALUES ({0}, {1}, {{database.Now}})
                ON CONFLICT (id) DO UPDATE SET recorded_bytes = excluded.recorded_bytes, changed_at = excluded.changed_at
                """, [mark.Segment, mark.RecordedBytes], cancellation);
        }
    }

    private async Task<IReadOnlyList<JournalVerdict>> RecordAsync(
        RecordsTransaction transaction, IReadOnlyList<ReceivedInstance> files, Func<string, bool> isThere, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var uids = files.Select(f => f.Instance.SopInstanceUid).Distinct().ToList();
        var known = (await context.Instances.Where(r => uids.Contains(r.SopInstanceUid)).ToListAsync(cancellation)).ToLookup(r => r.SopInstanceUid);
        var seen = new Dictionary<string, List<InstanceRow>>();
        var verdicts = new JournalVerdict[files.Count];
        var kept = new List<ReceivedInstance>();
        var events = new List<AuditEvent>();
        var now = clock.GetUtcNow().UtcDateTime;
        for (var i = 0; i < files.Count; i++)
        {
            var row = files[i].Instance;
            var earlier = seen.TryGetValue(row.SopInstanceUid, out var list) ? list : seen[row.SopInstanceUid] = [.. known[row.SopInstanceUid]];
            if (earlier.FirstOrDefault(r => r.Digest == row.Digest) is { } same)
            {
                // Recorded before, in a transaction whose end was not seen: nothing came twice.
                if (same.File == row.File)
                {
                    verdicts[i] = JournalVerdict.Recorded;
                    continue;
                }

                verdicts[i] = JournalVerdict.Duplicate;
                events.Add(Again(same, row, isThere));
                continue;
            }

            verdicts[i] = JournalVerdict.Recorded;
            (row.IsCurrent, row.Outcome) = (true, null);
            if (earlier.Count > 0)
            {
                verdicts[i] = JournalVerdict.Conflict;
                row.IsCurrent = false;
                row.Outcome = Outcomes.NotScored;
                row.OutcomeReason = "identity conflict";
                row.OutcomeDetail = "same SOP Instance UID with other content: the first that came stays in use";
                row.OutcomeAt = now;
            }

            earlier.Add(row);
            kept.Add(files[i]);
        }

        // Studies in one order everywhere, so that two receivers never wait for each other.
        foreach (var group in kept.GroupBy(f => f.StudyInstanceUid).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            events.AddRange(await RecordStudyAsync(transaction, group.Key, [.. group], cancellation));
        }

        await AuditChain.AppendAsync(transaction, events, now, cancellation);
        return verdicts;
    }

    /// <summary>The same content again: counted, and taken into use where the first one's bytes are gone.</summary>
    private static AuditEvent Again(InstanceRow same, InstanceRow row, Func<string, bool> isThere)
    {
        same.Duplicates++;
        var back = same.PurgedAt is not null || !isThere(same.File);
        if (back)
        {
            (same.File, same.Segment, same.PurgedAt) = (row.File, row.Segment, null);
        }

        return new AuditEvent("duplicate", $"instance:{same.Id}", same.StudyId == Guid.Empty ? null : same.StudyId, new { row.CallingAe, bytesWereGone = back });
    }

    private async Task<IReadOnlyList<AuditEvent>> RecordStudyAsync(
        RecordsTransaction transaction, string studyUid, IReadOnlyList<ReceivedInstance> files, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var current = files.Count(f => f.Instance.IsCurrent);
        var first = files[0];
        var study = (await context.Studies.FromSqlRaw(
            $$"""
            INSERT INTO study (id, study_instance_uid, state, revision, instance_count, calling_ae, site, first_received_at, last_received_at, tier, priority, priority_reason, quiet_seconds)
            VALUES ({0}, {1}, 'open', 1, {2}, {3}, {4}, {5}, {6}, {7}, 'TP0', '', {8})
            ON CONFLICT (study_instance_uid) DO UPDATE SET
                last_received_at = excluded.last_received_at, quiet_seconds = excluded.quiet_seconds, instance_count = study.instance_count + excluded.instance_count,
                revision = CASE WHEN study.state = 'complete' AND excluded.instance_count > 0 THEN study.revision + 1 ELSE study.revision END,
                state = CASE WHEN excluded.instance_count > 0 THEN 'open' ELSE study.state END
            RETURNING *
            """,
            Guid.CreateVersion7(), studyUid, current, first.Instance.CallingAe, first.Site, files.Min(f => f.Instance.ReceivedAt), files.Max(f => f.Instance.ReceivedAt), first.Tier, (int)files.Max(f => f.QuietTime.TotalSeconds)).AsNoTracking().ToListAsync(cancellation)).Single();

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
            if (files.Max(f => f.Hold) is { Ticks: > 0 } hold)
            {
                await work.HoldStudiesAsync(transaction, [studyUid], hold, studyCap, cancellation);
            }
        }

        return events;
    }
}
