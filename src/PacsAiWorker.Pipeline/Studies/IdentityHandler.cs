using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>
/// Whose image it is (safety rules 14 and 15): compares a second version of an image with the first, follows rejection notes, and answers
/// who says whose a study is.
/// </summary>
public sealed class IdentityHandler(IdentityStore store, SpoolFiles spool, TimeProvider clock, ILogger<IdentityHandler> log) : IWorkHandler
{
    private static readonly TimeSpan ForPixels = TimeSpan.FromSeconds(10);

    private readonly VersionReader _reader = new(spool);

    public string Kind => WorkKinds.Identity;

    public int Slots => 2;

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        try
        {
            return work.DedupeKey.StartsWith(IdentityStore.ConfirmKey, StringComparison.Ordinal) ? await ConfirmAsync(Guid.Parse(work.DedupeKey[IdentityStore.ConfirmKey.Length..]), cancellation)
                : work.DedupeKey.StartsWith(IdentityStore.ReconciledKey, StringComparison.Ordinal) ? await ReconciledAsync(work.Subject, cancellation)
                : await LookAsync(Guid.Parse(work.DedupeKey), cancellation);
        }
        catch (Exception error) when (error is IOException or DicomFormatException)
        {
            return new WorkVerdict.Park("lost", $"the spool no longer holds a readable version ({error.GetType().Name}): restore the spool folder from its disk, or send the image again, and run `work retry`; or keep the first with `study confirm UID --take first --why …`");
        }
    }

    private async Task<WorkVerdict> LookAsync(Guid instance, CancellationToken cancellation)
    {
        var versions = await store.VersionsAsync(instance, cancellation);
        return versions.Other.SetAside == SetAsides.Unclear ? Compare(versions)
            : versions.Other is { SetAside: null, SopClassUid: SopClasses.KeyObjectSelection } ? Follow(versions)
            : Nothing();
    }

    private WorkVerdict.Done Compare(ImageVersions versions)
    {
        var (other, first, study) = (versions.Other, versions.First, versions.Study);
        var (otherPixels, firstPixels) = (_reader.Pixels(other), first is null ? null : _reader.Pixels(first));
        var found = VersionDecider.Decide(firstPixels, otherPixels);
        PipelineMeters.Versions.Add(1, PipelineMeters.Tag("verdict", found));
        var digests = new[] { (other.Id, otherPixels), (first?.Id ?? other.Id, firstPixels) }.Where(d => d.Item2 is { Length: > 0 }).DistinctBy(d => d.Item1).ToDictionary(d => d.Item1, d => d.Item2!);
        if (found == SetAsides.Conflict)
        {
            PipelineLog.VersionConflict(log, other.Id, other.CallingAe);
            return Done(study, async (transaction, token) =>
            {
                var locked = await IdentityStore.LockAllAsync(transaction, [other.SopInstanceUid], [study.Id], token);
                if (!await IdentityStore.MarkAsync(transaction, other.Id, found, "same SOP Instance UID with other pixels: the first that came stays in use", digests, token))
                {
                    return [];
                }

                await ReleaseAsync(transaction, locked, HoldEnds.NotOne, token);
                return [Event("pixel conflict", study, new { other = other.Id, inUse = first!.Id, other.CallingAe })];
            });
        }

        if (versions.Reconciled is { } told && VersionDecider.SaysTheSame(study.StudyInstanceUid, other.IdentityDigest, told))
        {
            return Take(study, [other], told.Source, "worker", null, digests);
        }

        return Done(study, async (transaction, token) =>
            await IdentityStore.MarkAsync(transaction, other.Id, found, "same pixels, another header: a correction that awaits confirmation", digests, token)
                ? [Event("correction awaits confirmation", study, new { correction = other.Id, inUse = first?.Id, other.CallingAe })]
                : []);
    }

    /// <summary>The information system has spoken of the patient: corrections that say the same are confirmed by it.</summary>
    private async Task<WorkVerdict> ReconciledAsync(Guid study, CancellationToken cancellation)
    {
        var confirmed = new List<InstanceRow>();
        ImageVersions? versions = null;
        foreach (var correction in await store.CorrectionsAsync(study, cancellation))
        {
            versions = await store.VersionsAsync(correction, cancellation);
            if (versions.Reconciled is { } told && VersionDecider.SaysTheSame(versions.Study.StudyInstanceUid, versions.Other.IdentityDigest, told))
            {
                confirmed.Add(versions.Other);
            }
        }

        return confirmed.Count == 0 ? Nothing() : Take(versions!.Study, confirmed, versions.Reconciled!.Source, "worker", null, new Dictionary<Guid, string>());
    }

    private async Task<WorkVerdict> ConfirmAsync(Guid confirmation, CancellationToken cancellation)
    {
        var asked = await store.AskedAsync(confirmation, cancellation);
        var (row, study) = (asked.Row, asked.Study);
        if (row.AnsweredAt is not null)
        {
            return Nothing();
        }

        if (row.Take == Takes.New && asked.Corrections.Any(c => c.SetAside == SetAsides.Unclear))
        {
            return new WorkVerdict.Postpone(ForPixels, "awaiting", "the pixels of a version that was asked for are not compared yet");
        }

        if (row.Take == Takes.New && asked.Corrections.Count > 0)
        {
            return Take(study, asked.Corrections, "a person", row.Actor, asked, new Dictionary<Guid, string>());
        }

        return Done(study, async (transaction, token) =>
        {
            List<InstanceRow> versions = [.. asked.Corrections, .. asked.Conflicts];
            var locked = await IdentityStore.LockAllAsync(transaction, versions.Select(v => v.SopInstanceUid), [study.Id], token);
            var declined = 0;
            foreach (var version in row.Take == Takes.First ? versions : [])
            {
                declined += await IdentityStore.MarkAsync(transaction, version.Id, SetAsides.Declined, "a person kept the first version", new Dictionary<Guid, string>(), token) ? 1 : 0;
            }

            return [await AnswerAsync(transaction, asked, 0, declined, locked, token)];
        });
    }

    /// <summary>Corrections take the place of what is in use; results are issued again.</summary>
    /// <param name="by">Who confirmed them, in words.</param>
    /// <param name="asked">What a person asked for; null when nobody did.</param>
    private WorkVerdict.Done Take(StudyRow study, IReadOnlyList<InstanceRow> corrections, string by, string actor, ConfirmationAsked? asked, IReadOnlyDictionary<Guid, string> digests)
    {
        var headers = corrections.Select(c => (Correction: c, Identity: _reader.Identity(c))).ToList();
        return Done(study, async (transaction, token) =>
        {
            var locked = await IdentityStore.LockAllAsync(transaction, corrections.Select(c => c.SopInstanceUid), [study.Id], token);
            var events = new List<AuditEvent>();
            var taken = 0;
            foreach (var (correction, identity) in headers)
            {
                if (await store.TakeAsync(transaction, correction, identity, $"an image was corrected, confirmed by {by}", Now, token) is { } withheld)
                {
                    taken++;
                    events.Add(new AuditEvent("correction taken", $"instance:{correction.Id}", study.Id, new { by }, actor));
                    events.AddRange(withheld.Select(d => Withheld(study.Id, d, "an image was corrected")));
                }
            }

            foreach (var (key, digest) in digests)
            {
                await IdentityStore.KeepDigestAsync(transaction, key, digest, token);
            }

            if (asked is not null)
            {
                foreach (var corrected in corrections.Select(c => c.StudyId).Distinct())
                {
                    await IdentityStore.ForgetReconciledAsync(transaction, corrected, token);
                }

                events.Add(await AnswerAsync(transaction, asked, taken, 0, locked, token));
            }
            else
            {
                await ReleaseAsync(transaction, locked, HoldEnds.Reconciled, token);
            }

            return events;
        });
    }

    /// <summary>A correction may have come under another Study Instance UID: both studies were held for it.</summary>
    private async Task<List<StudyHoldRow>> ReleaseAsync(Records.RecordsTransaction transaction, IReadOnlyList<Guid> studies, string how, CancellationToken cancellation)
    {
        var ended = new List<StudyHoldRow>();
        foreach (var held in studies)
        {
            ended.AddRange(await store.ReleaseIfClearAsync(transaction, held, how, Now, cancellation));
        }

        return ended;
    }

    /// <param name="studies">All that the answer is about.</param>
    private async Task<AuditEvent> AnswerAsync(Records.RecordsTransaction transaction, ConfirmationAsked asked, int taken, int declined, IReadOnlyList<Guid> studies, CancellationToken cancellation)
    {
        var ended = await store.ReleaseAsync(transaction, asked.Study.Id, h => h.Reason == HoldReasons.Coerced, HoldEnds.Confirmed, Now, cancellation);
        var clear = await ReleaseAsync(transaction, studies, HoldEnds.Confirmed, cancellation);
        await IdentityStore.AnswerAsync(transaction, asked.Row.Id, $"{taken} taken, {declined} declined, {ended.Count + clear.Count} holds ended", Now, cancellation);
        return Event("study confirmed", asked.Study, new { asked.Row.Take, asked.Row.Why, taken, declined, ended = ended.Concat(clear).Select(h => new { h.Reason, h.Destination }) }, asked.Row.Actor);
    }

    private WorkVerdict.Done Follow(ImageVersions versions)
    {
        var (instance, study) = (versions.Other, versions.Study);
        var document = _reader.Document(instance);
        if (RejectionNote.Read(document) is not { References.Count: > 0 } note)
        {
            return Nothing();
        }

        return Done(study, async (transaction, token) =>
        {
            var followed = await store.RejectAsync(transaction, instance, note.References, i => RejectionNote.IsOfSamePatient(document, i.Study!.StudyInstanceUid, i.IdentityDigest), note.Title, Now, token);
            PipelineLog.NoteFollowed(log, instance.Id, note.Title, followed.Rejected.Count, followed.InDoubt.Count);
            List<AuditEvent> events = [Event("rejection note", study, new { note = instance.Id, note.Title, named = note.References.Count, rejected = followed.Rejected.Count, inDoubt = followed.InDoubt.Count })];
            events.AddRange(followed.Rejected.Select(i => new AuditEvent("image rejected", $"instance:{i.Id}", i.StudyId, new { note = instance.Id, note.Title })));
            events.AddRange(followed.InDoubt.Select(i => new AuditEvent("rejection in doubt", $"instance:{i.Id}", i.StudyId, new { note = instance.Id, note.Title })));
            events.AddRange(followed.Withheld.Select(d => Withheld(study.Id, d, note.Title)));
            return events;
        });
    }

    private static AuditEvent Withheld(Guid study, DeliveryRow delivery, string why) => new("delivery withheld", $"report:{delivery.ReportId}", study, new { delivery.Destination, why });

    private static AuditEvent Event(string action, StudyRow study, object detail, string actor = "worker") => new(action, $"study:{study.Id}", study.Id, detail, actor);

    private static WorkVerdict.Done Done(StudyRow study, WorkEffect effect) => new(effect, LockOrder: study.StudyInstanceUid);

    private static WorkVerdict.Done Nothing() => new((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
}
