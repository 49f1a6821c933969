using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records;

/// <summary>A durable record of the spool that waits for its row.</summary>
/// <param name="Instance">Row to be written; its study key is filled in here.</param>
/// <param name="QuietTime">How long the study waits for more images of this caller.</param>
public sealed record ReceivedInstance(InstanceRow Instance, string StudyInstanceUid, PatientIdentityRow Identity, string Site, short Tier, TimeSpan QuietTime)
{
    /// <summary>More of its study may be on its way: nobody decides the study for this long.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>It may speak of other images: a Key Object Selection.</summary>
    public bool IsNote { get; init; }
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

    /// <summary>Same SOP Instance UID, other content: both are kept, the first stays in use until they are compared, and after.</summary>
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
        var held = new HashSet<Guid>();
        var now = clock.GetUtcNow().UtcDateTime;
        var rejected = await RejectionsAsync(context, uids, cancellation);
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
            (row.IsCurrent, row.SetAside, row.Outcome) = (true, null, null);
            if (rejected.Find(r => r.Rejects(files[i])) is { } note)
            {
                Reject(row, note.Title, now);
            }
            else if (earlier.Count > 0)
            {
                verdicts[i] = JournalVerdict.Conflict;
                (row.IsCurrent, row.SetAside) = (false, SetAsides.Unclear);
                row.Outcome = Outcomes.NotScored;
                row.OutcomeReason = "identity conflict";
                row.OutcomeDetail = "same SOP Instance UID with other content: the first that came stays in use";
                row.OutcomeAt = now;
                held.UnionWith(earlier.Where(r => r.IsCurrent && r.StudyId != Guid.Empty).Select(r => r.StudyId));
            }

            earlier.Add(row);
            kept.Add(files[i]);
        }

        // Studies in one order everywhere, so that two receivers never wait for each other.
        foreach (var group in kept.GroupBy(f => f.StudyInstanceUid).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            events.AddRange(await RecordStudyAsync(transaction, group.Key, [.. group], cancellation));
        }

        foreach (var study in held)
        {
            // Until its pixels are compared it may be a correction.
            await IdentityStore.HoldAsync(transaction, study, HoldReasons.Correction, "", now, cancellation);
        }

        await AuditChain.AppendAsync(transaction, events, now, cancellation);
        return verdicts;
    }

    /// <summary>A note that named an image before it came.</summary>
    /// <param name="Study">Study and SOP Instance UID of the image, as the note has them.</param>
    /// <param name="NoteStudy">Study Instance UID of the note, with which its identity digest is salted.</param>
    private sealed record NamedBefore(Guid Note, string Title, string Study, string Sop, string NoteStudy, string NoteDigest)
    {
        public bool Names(ReceivedInstance file) => (Study, Sop) == (file.StudyInstanceUid, file.Instance.SopInstanceUid);

        /// <summary>In doubt about the patient an image is scored, and the doubt is written down. A note of another study leaves one: the two digests cannot be compared.</summary>
        public bool Rejects(ReceivedInstance file) => Names(file) && NoteStudy == file.StudyInstanceUid && RejectionRow.IsOfSamePatient(NoteDigest, file.Instance.IdentityDigest);
    }

    private static async Task<List<NamedBefore>> RejectionsAsync(RecordsContext context, List<string> uids, CancellationToken cancellation) =>
        await context.Rejections.Where(r => uids.Contains(r.SopInstanceUid)).OrderBy(r => r.At)
            .Select(r => new NamedBefore(r.NoteId, r.Title, r.StudyInstanceUid, r.SopInstanceUid, r.Note!.Study!.StudyInstanceUid, r.Note.IdentityDigest)).ToListAsync(cancellation);

    private static void Reject(InstanceRow row, string title, DateTime now)
    {
        (row.IsCurrent, row.SetAside) = (false, SetAsides.Rejected);
        (row.Outcome, row.OutcomeReason, row.OutcomeDetail, row.OutcomeAt) = (Outcomes.Rejected, null, $"rejected before it came: {title}", now);
    }

    /// <summary>
    /// A note that was followed at this moment names images of the group: asked again now that the study is locked, because whoever follows a
    /// note locks the studies that it names.
    /// </summary>
    /// <returns>What to write down of images that stay in use though a note names them.</returns>
    private static async Task<IReadOnlyList<AuditEvent>> RejectLateAsync(RecordsTransaction transaction, StudyRow study, IReadOnlyList<ReceivedInstance> files, DateTime now, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var notes = await RejectionsAsync(context, [.. files.Select(f => f.Instance.SopInstanceUid).Distinct()], cancellation);
        var late = files.Where(f => f.Instance.IsCurrent && notes.Exists(n => n.Rejects(f))).ToList();
        foreach (var file in late)
        {
            Reject(file.Instance, notes.First(n => n.Rejects(file)).Title, now);
        }

        if (late.Count > 0)
        {
            await context.Studies.Where(s => s.Id == study.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.InstanceCount, r => r.InstanceCount - late.Count), cancellation);
        }

        return
        [
            .. from file in files
               where file.Instance.SetAside != SetAsides.Rejected
               from note in notes
               where note.Names(file)
               select new AuditEvent("rejection in doubt", $"instance:{file.Instance.Id}", study.Id, new { note = note.Note, note.Title }),
        ];
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
                last_received_at = {{transaction.Database.Later("study.last_received_at", "excluded.last_received_at")}}, quiet_seconds = excluded.quiet_seconds, instance_count = study.instance_count + excluded.instance_count,
                revision = CASE WHEN study.state = 'complete' AND excluded.instance_count > 0 THEN study.revision + 1 ELSE study.revision END,
                state = CASE WHEN excluded.instance_count > 0 THEN 'open' ELSE study.state END
            RETURNING *
            """,
            Guid.CreateVersion7(), studyUid, current, first.Instance.CallingAe, first.Site, files.Min(f => f.Instance.ReceivedAt), files.Max(f => f.Instance.ReceivedAt), first.Tier, (int)files.Max(f => f.QuietTime.TotalSeconds)).AsNoTracking().ToListAsync(cancellation)).Single();

        List<AuditEvent> events = [.. await RejectLateAsync(transaction, study, files, clock.GetUtcNow().UtcDateTime, cancellation)];
        if (await BirthDateAsync(transaction, study, files, cancellation) is > 0 and var again)
        {
            events.Add(new AuditEvent("age known", $"study:{study.Id}", study.Id, new { source = "image", images = again }));
        }

        foreach (var row in files.Select(f => f.Instance))
        {
            row.StudyId = study.Id;
            context.Instances.Add(row);
            events.Add(new AuditEvent(row.IsCurrent ? "received" : row.SetAside == SetAsides.Rejected ? "rejected" : "conflict", $"instance:{row.Id}", study.Id,
                new { row.CallingAe, row.CalledAe, row.Source, row.Digest, bytes = row.DataSetBytes, revision = study.Revision }));
        }

        await context.SaveChangesAsync(cancellation);
        foreach (var row in files.Select(f => f.Instance).Where(r => r.IsCurrent))
        {
            await work.EnqueueAsync(transaction, new NewWork(WorkKinds.Score, row.Id.ToString(), row.Id, study.Tier), cancellation);
        }

        foreach (var file in files.Where(f => f.IsNote || f.Instance.SetAside == SetAsides.Unclear))
        {
            await work.EnqueueAsync(transaction, new NewWork(WorkKinds.Identity, file.Instance.Id.ToString(), study.Id, study.Tier), cancellation);
        }

        if (files.Any(f => f.Instance.SetAside == SetAsides.Unclear))
        {
            await IdentityStore.HoldAsync(transaction, study.Id, HoldReasons.Correction, "", clock.GetUtcNow().UtcDateTime, cancellation);
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

    /// <summary>
    /// The study's patient as its first image has it; a birth date that the first was silent about is taken from a later one. Gives how many
    /// images waited for it.
    /// </summary>
    private async Task<int> BirthDateAsync(RecordsTransaction transaction, StudyRow study, IReadOnlyList<ReceivedInstance> files, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var known = await context.Identities.SingleOrDefaultAsync(r => r.StudyId == study.Id, cancellation);
        if (known is null)
        {
            context.Identities.Add(known = files[0].Identity);
            known.StudyId = study.Id;
        }

        if (!string.IsNullOrWhiteSpace(known.BirthDate) || files.Where(f => f.Instance.IsCurrent).Select(f => f.Identity.BirthDate).FirstOrDefault(d => !string.IsNullOrWhiteSpace(d)) is not { } birth)
        {
            return 0;
        }

        known.BirthDate = birth;
        await context.SaveChangesAsync(cancellation);
        return await new IdentityStore(database, work).AgeIsKnownAsync(transaction, study.Id, cancellation);
    }
}
