using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>Versions of one image, and what is known of its patient otherwise.</summary>
/// <param name="Other">The version that is set aside.</param>
/// <param name="First">The one that it came after: in use, unless something else set it aside meanwhile. Null where nothing of its UID is left.</param>
public sealed record ImageVersions(InstanceRow Other, InstanceRow? First, StudyRow Study, ReconciledIdentityRow? Reconciled);

/// <summary>What a person asked for, and what it is about: what had come by then.</summary>
/// <param name="Corrections">Versions that await the answer, their pixels compared or not.</param>
/// <param name="Conflicts">Other pixels under a known UID.</param>
/// <param name="Holds">That hold now.</param>
public sealed record ConfirmationAsked(StudyConfirmationRow Row, StudyRow Study, IReadOnlyList<InstanceRow> Corrections, IReadOnlyList<InstanceRow> Conflicts, IReadOnlyList<StudyHoldRow> Holds);

/// <summary>What came of a rejection note.</summary>
/// <param name="Rejected">Images that are out of use by it.</param>
/// <param name="InDoubt">Images that it names and whose patient it does not name beyond doubt: they stay as they are.</param>
/// <param name="Withheld">Deliveries that are withheld.</param>
public sealed record FollowedNote(IReadOnlyList<InstanceRow> Rejected, IReadOnlyList<InstanceRow> InDoubt, IReadOnlyList<DeliveryRow> Withheld);

/// <summary>What is in doubt about a study when somebody asks to confirm it.</summary>
public sealed record StudyDoubt(int Corrections, int Conflicts, IReadOnlyList<string> Holds)
{
    public bool IsNone => Corrections == 0 && Conflicts == 0 && Holds.Count == 0;
}

/// <summary>What is read and written about whose image it is: versions, rejections, holds and confirmations.</summary>
public sealed class IdentityStore(RecordsDatabase database, WorkTable work)
{
    private static readonly string[] Waiting = [SetAsides.Unclear, SetAsides.Correction];
    private static readonly string[] Doubtful = [SetAsides.Unclear, SetAsides.Correction, SetAsides.Conflict];

    /// <summary>The version of this key with the one that it came after.</summary>
    public async Task<ImageVersions> VersionsAsync(Guid other, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var row = await context.Instances.AsNoTracking().Include(i => i.Study).SingleAsync(i => i.Id == other, cancellation);
        var first = await context.Instances.AsNoTracking().Where(i => i.SopInstanceUid == row.SopInstanceUid && i.Id != row.Id)
            .OrderByDescending(i => i.IsCurrent).ThenBy(i => i.ReceivedAt).FirstOrDefaultAsync(cancellation);
        return new ImageVersions(row, first, row.Study!, await context.Reconciled.AsNoTracking().SingleOrDefaultAsync(r => r.StudyId == row.StudyId, cancellation));
    }

    /// <summary>Keys of the corrections of a study that await confirmation.</summary>
    public async Task<IReadOnlyList<Guid>> CorrectionsAsync(Guid study, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Instances.Where(i => i.StudyId == study && i.SetAside == SetAsides.Correction).OrderBy(i => i.ReceivedAt).Select(i => i.Id).ToListAsync(cancellation);
    }

    public async Task<ConfirmationAsked> AskedAsync(Guid confirmation, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var row = await context.Confirmations.AsNoTracking().Include(c => c.Study).SingleAsync(c => c.Id == confirmation, cancellation);
        var aside = (await DoubtfulOf(context, row.StudyId).AsNoTracking().OrderBy(i => i.ReceivedAt).ToListAsync(cancellation)).FindAll(i => i.ReceivedAt <= row.AskedAt);
        var holds = await context.Holds.AsNoTracking().Where(h => h.StudyId == row.StudyId && h.EndedAt == null).ToListAsync(cancellation);
        return new ConfirmationAsked(row, row.Study!, [.. aside.Where(i => i.SetAside != SetAsides.Conflict)], [.. aside.Where(i => i.SetAside == SetAsides.Conflict)], holds);
    }

    /// <summary>What awaits a person's word on a study; null when there is no such study.</summary>
    public async Task<StudyDoubt?> DoubtAsync(string studyUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var study = await context.Studies.AsNoTracking().SingleOrDefaultAsync(s => s.StudyInstanceUid == studyUid, cancellation);
        if (study is null)
        {
            return null;
        }

        var aside = await DoubtfulOf(context, study.Id).Select(i => i.SetAside).ToListAsync(cancellation);
        return new StudyDoubt(aside.Count(a => a != SetAsides.Conflict), aside.Count(a => a == SetAsides.Conflict),
            [.. (await context.Holds.AsNoTracking().Where(h => h.StudyId == study.Id && h.EndedAt == null).ToListAsync(cancellation)).Select(h => h.Text).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Versions of a study's images on which a word is awaited: they may have come under another Study Instance UID than the one in use.</summary>
    private static IQueryable<InstanceRow> DoubtfulOf(RecordsContext context, Guid study)
    {
        var keys = from mine in context.Instances
                   join version in context.Instances on mine.SopInstanceUid equals version.SopInstanceUid
                   where mine.StudyId == study && (version.Id == mine.Id || mine.IsCurrent) && Doubtful.Contains(version.SetAside)
                   select version.Id;
        return context.Instances.Where(i => keys.Contains(i.Id));
    }

    /// <summary>A person says whose a study is; the pipeline answers.</summary>
    /// <param name="take"><see cref="Takes"/>.</param>
    public Task AskAsync(string studyUid, string take, string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var study = await transaction.Context.Studies.AsNoTracking().SingleAsync(s => s.StudyInstanceUid == studyUid, cancellation);
        var row = new StudyConfirmationRow { Id = Guid.CreateVersion7(), StudyId = study.Id, Take = take, Why = why, Actor = actor, AskedAt = now };
        transaction.Context.Confirmations.Add(row);
        await transaction.Context.SaveChangesAsync(cancellation);
        await work.EnqueueAsync(transaction, new NewWork(WorkKinds.Identity, ConfirmKey + row.Id, study.Id, study.Tier), cancellation);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("confirmation asked", $"study:{study.Id}", study.Id, new { take, why }, actor)], now, cancellation);
    }, cancellation);

    /// <summary>Begins the key of the work that answers a confirmation; what follows is its own key. Else the key is that of an instance.</summary>
    public const string ConfirmKey = "confirm/";

    /// <summary>Begins the key of the work that looks at corrections after the information system spoke of the patient.</summary>
    public const string ReconciledKey = "reconciled/";

    /// <summary>Whoever changes which images are in use has the studies to itself, in the order in which everybody locks them.</summary>
    public static async Task LockAsync(RecordsTransaction transaction, IEnumerable<Guid> studies, CancellationToken cancellation)
    {
        var keys = studies.Distinct().ToList();
        var found = await transaction.Context.Studies.Where(s => keys.Contains(s.Id)).Select(s => new { s.Id, s.StudyInstanceUid }).ToListAsync(cancellation);
        // Here, because a database may sort by the rules of a language.
        foreach (var study in found.OrderBy(s => s.StudyInstanceUid, StringComparer.Ordinal))
        {
            await StudyStore.LockAsync(transaction, study.Id, cancellation);
        }
    }

    /// <summary>Locks every study that a change of these images may touch: those of all their versions, and of copies that speak for themselves again.</summary>
    /// <param name="studies">Further ones.</param>
    /// <returns>All that were locked.</returns>
    public static async Task<IReadOnlyList<Guid>> LockAllAsync(RecordsTransaction transaction, IEnumerable<string> sopInstanceUids, IEnumerable<Guid> studies, CancellationToken cancellation)
    {
        var uids = sopInstanceUids.Distinct().ToList();
        var versions = await transaction.Context.Instances.Where(i => uids.Contains(i.SopInstanceUid)).Select(i => new { i.Id, i.StudyId }).ToListAsync(cancellation);
        var keys = versions.Select(v => (Guid?)v.Id).ToList();
        var copies = await transaction.Context.Instances.Where(i => keys.Contains(i.CopyOf)).Select(i => i.StudyId).ToListAsync(cancellation);
        List<Guid> all = [.. versions.Select(v => v.StudyId).Concat(copies).Concat(studies).Distinct()];
        await LockAsync(transaction, all, cancellation);
        return all;
    }

    /// <summary>Keeps a study's results here; false when they are kept already, or when a person accepted what this archive does.</summary>
    public static async Task<bool> HoldAsync(RecordsTransaction transaction, Guid study, string reason, string destination, DateTime now, CancellationToken cancellation)
    {
        var row = await transaction.Context.Holds.SingleOrDefaultAsync(h => h.StudyId == study && h.Reason == reason && h.Destination == destination, cancellation);
        if (row is null)
        {
            transaction.Context.Holds.Add(row = new StudyHoldRow { Id = Guid.CreateVersion7(), StudyId = study, Reason = reason, Destination = destination });
        }
        else if (row.EndedAt is null || (reason == HoldReasons.Coerced && row.EndedBy == HoldEnds.Confirmed))
        {
            return false;
        }

        (row.Since, row.EndedAt, row.EndedBy) = (now, null, "");
        await transaction.Context.SaveChangesAsync(cancellation);
        return true;
    }

    /// <summary>Ends holds and lets what waited for them go.</summary>
    /// <param name="how"><see cref="HoldEnds"/>.</param>
    /// <returns>Those that ended.</returns>
    public async Task<IReadOnlyList<StudyHoldRow>> ReleaseAsync(RecordsTransaction transaction, Guid study, Func<StudyHoldRow, bool> which, string how, DateTime now, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var ended = (await context.Holds.Where(h => h.StudyId == study && h.EndedAt == null).ToListAsync(cancellation)).Where(which).ToList();
        if (ended.Count == 0)
        {
            return ended;
        }

        ended.ForEach(h => (h.EndedAt, h.EndedBy) = (now, how));
        await context.SaveChangesAsync(cancellation);
        foreach (var delivery in await context.Deliveries.Where(d => d.Report!.Result!.StudyId == study && d.State == DeliveryStates.Pending).Select(d => d.Id).ToListAsync(cancellation))
        {
            await work.WakeAsync(transaction, WorkKinds.Deliver, delivery.ToString(), cancellation);
        }

        await NoticeStore.LookAgainAsync(transaction, study, cancellation);
        return ended;
    }

    /// <summary>The hold for corrections ends with the last of them.</summary>
    public async Task<IReadOnlyList<StudyHoldRow>> ReleaseIfClearAsync(RecordsTransaction transaction, Guid study, string how, DateTime now, CancellationToken cancellation) =>
        await DoubtfulOf(transaction.Context, study).AnyAsync(i => Waiting.Contains(i.SetAside), cancellation)
            ? []
            : await ReleaseAsync(transaction, study, h => h.Reason == HoldReasons.Correction, how, now, cancellation);

    /// <summary>What became of a version that was set aside: <see cref="SetAsides"/>. False when somebody else has said it meanwhile.</summary>
    /// <param name="digests">Pixel digests by instance, where they were computed.</param>
    public static async Task<bool> MarkAsync(RecordsTransaction transaction, Guid version, string setAside, string detail, IReadOnlyDictionary<Guid, string> digests, CancellationToken cancellation)
    {
        foreach (var (key, digest) in digests)
        {
            await KeepDigestAsync(transaction, key, digest, cancellation);
        }

        return await transaction.Context.Instances.Where(i => i.Id == version && (Waiting.Contains(i.SetAside) || i.SetAside == SetAsides.Conflict))
            .ExecuteUpdateAsync(s => s.SetProperty(i => i.SetAside, setAside).SetProperty(i => i.OutcomeDetail, detail), cancellation) == 1;
    }

    public static Task<int> KeepDigestAsync(RecordsTransaction transaction, Guid instance, string pixelDigest, CancellationToken cancellation) =>
        transaction.Context.Instances.Where(i => i.Id == instance).ExecuteUpdateAsync(s => s.SetProperty(i => i.PixelDigest, pixelDigest), cancellation);

    /// <summary>A correction takes the place of the version in use: it is scored, and what was said of the other holds no more.</summary>
    /// <param name="correction">As it was when it was decided to take it: one that was not compared is taken by the comparison alone.</param>
    /// <param name="identity">Who the patient is by its header.</param>
    /// <returns>Deliveries that are withheld; null when it is no correction any more.</returns>
    public async Task<IReadOnlyList<DeliveryRow>?> TakeAsync(RecordsTransaction transaction, InstanceRow correction, PatientIdentityRow identity, string why, DateTime now, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var versions = await context.Instances.Where(i => i.SopInstanceUid == correction.SopInstanceUid).ToListAsync(cancellation);
        if (versions.SingleOrDefault(i => i.Id == correction.Id && i.SetAside == correction.SetAside && Waiting.Contains(i.SetAside)) is not { } taken)
        {
            return null;
        }

        var withheld = new List<DeliveryRow>();
        foreach (var first in versions.Where(i => i.IsCurrent))
        {
            withheld.AddRange(await SetAsideAsync(transaction, first, SetAsides.Replaced, why, now, cancellation));
            await ReopenAsync(transaction, first.StudyId, cancellation);
        }

        (taken.IsCurrent, taken.SetAside) = (true, null);
        await ScoreAgainAsync(transaction, [taken], cancellation);
        if (await context.Identities.SingleOrDefaultAsync(i => i.StudyId == taken.StudyId, cancellation) is { } known)
        {
            identity.StudyId = taken.StudyId;
            context.Entry(known).CurrentValues.SetValues(identity);
        }

        await NoticeStore.ForgetMessagesAsync(transaction, taken.StudyId, cancellation);
        await context.Studies.Where(s => s.Id == taken.StudyId).ExecuteUpdateAsync(s => s.SetProperty(r => r.InstanceCount, r => r.InstanceCount + 1), cancellation);
        await context.SaveChangesAsync(cancellation);
        await ReopenAsync(transaction, taken.StudyId, cancellation);
        return withheld;
    }

    /// <summary>What the information system said of the patient before a person confirmed another header holds no more.</summary>
    public static Task<int> ForgetReconciledAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation) =>
        transaction.Context.Reconciled.Where(r => r.StudyId == study).ExecuteDeleteAsync(cancellation);

    public static Task<int> AnswerAsync(RecordsTransaction transaction, Guid confirmation, string answer, DateTime now, CancellationToken cancellation) => transaction.Context.Confirmations
        .Where(c => c.Id == confirmation).ExecuteUpdateAsync(s => s.SetProperty(c => c.AnsweredAt, now).SetProperty(c => c.Answer, answer), cancellation);

    /// <summary>Images that a note names, in its study and in others, that have come already.</summary>
    private static async Task<List<InstanceRow>> NamedAsync(RecordsContext context, IReadOnlyList<(string Study, string Sop)> references, CancellationToken cancellation)
    {
        var uids = references.Select(r => r.Sop).ToList();
        var rows = await context.Instances.AsNoTracking().Include(i => i.Study).Where(i => uids.Contains(i.SopInstanceUid)).ToListAsync(cancellation);
        return [.. rows.Where(i => references.Contains((i.Study!.StudyInstanceUid, i.SopInstanceUid)))];
    }

    /// <summary>Follows a rejection note: what it names is out of use, now and when it comes later.</summary>
    /// <param name="references">Study and SOP Instance UID.</param>
    /// <param name="isOfItsPatient">Whether the note names the patient of an image, its study with it, beyond doubt.</param>
    public async Task<FollowedNote> RejectAsync(
        RecordsTransaction transaction, InstanceRow note, IReadOnlyList<(string Study, string Sop)> references, Func<InstanceRow, bool> isOfItsPatient, string title, DateTime now, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var uids = references.Select(r => r.Study).Distinct().ToList();
        var studies = await context.Studies.Where(s => uids.Contains(s.StudyInstanceUid)).Select(s => s.Id).ToListAsync(cancellation);
        var locked = await LockAllAsync(transaction, references.Select(r => r.Sop), studies.Append(note.StudyId), cancellation);
        var known = await context.Rejections.Where(r => r.NoteId == note.Id).Select(r => r.SopInstanceUid).ToListAsync(cancellation);
        context.Rejections.AddRange(references.DistinctBy(r => r.Sop).Where(r => !known.Contains(r.Sop))
            .Select(r => new RejectionRow { NoteId = note.Id, SopInstanceUid = r.Sop, StudyInstanceUid = r.Study, Title = title, At = now }));
        await context.SaveChangesAsync(cancellation);

        // Only now: an image that is coming at this moment is either seen here, or whoever records it sees the rows above.
        var images = await NamedAsync(context, references, cancellation);
        var mine = images.FindAll(i => isOfItsPatient(i));
        var withheld = new List<DeliveryRow>();
        foreach (var study in mine.GroupBy(i => i.StudyId))
        {
            var keys = study.Select(i => i.Id).ToList();
            var inUse = false;
            foreach (var image in await context.Instances.Where(i => keys.Contains(i.Id) && i.SetAside != SetAsides.Rejected).ToListAsync(cancellation))
            {
                inUse |= image.IsCurrent;
                withheld.AddRange(await SetAsideAsync(transaction, image, SetAsides.Rejected, $"rejected: {title}", now, cancellation));
            }

            if (inUse)
            {
                await ReopenAsync(transaction, study.Key, cancellation);
            }
        }

        foreach (var study in locked)
        {
            await ReleaseIfClearAsync(transaction, study, HoldEnds.NotOne, now, cancellation);
        }

        return new FollowedNote(mine, [.. images.Where(i => !isOfItsPatient(i) && i.SetAside != SetAsides.Rejected)], withheld);
    }

    /// <summary>
    /// Takes an image out of use: results that it went into hold no more, their reports stay here and messages that nobody took are written
    /// anew; copies of it speak for themselves again.
    /// </summary>
    private async Task<IReadOnlyList<DeliveryRow>> SetAsideAsync(RecordsTransaction transaction, InstanceRow image, string setAside, string why, DateTime now, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var wasInUse = image.IsCurrent;
        (image.IsCurrent, image.SetAside, image.CopyOf) = (false, setAside, null);
        if (image.Outcome is null)
        {
            (image.Outcome, image.OutcomeDetail, image.OutcomeAt) = (Outcomes.Rejected, why, now);
        }

        await context.SaveChangesAsync(cancellation);
        if (!wasInUse)
        {
            return [];
        }

        await context.Studies.Where(s => s.Id == image.StudyId).ExecuteUpdateAsync(s => s.SetProperty(r => r.InstanceCount, r => r.InstanceCount - 1), cancellation);
        await ReviveAsync(transaction, image.Id, cancellation);
        await NoticeStore.ForgetMessagesAsync(transaction, image.StudyId, cancellation);
        var key = $"{image.Id}";
        var withdrawn = 0;
        foreach (var result in await context.Results.Where(r => r.StudyId == image.StudyId && r.WithdrawnAt == null && r.Withdraws == null).ToListAsync(cancellation))
        {
            if (result.Inputs.Contains(key, StringComparison.OrdinalIgnoreCase))
            {
                (result.WithdrawnAt, result.WithdrawnWhy) = (now, why);
                withdrawn++;
            }
        }

        await context.SaveChangesAsync(cancellation);
        return withdrawn == 0 ? [] : (await DeliveryStore.SupersedeAsync(transaction, image.StudyId, cancellation, $"withdrawn: {why}")).Withheld;
    }

    /// <summary>When in doubt an image is scored: with its original gone, a copy is an image of its own, unless a correction of it is in use by now.</summary>
    private async Task ReviveAsync(RecordsTransaction transaction, Guid original, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var linked = await context.Instances.Where(i => i.CopyOf == original && i.SetAside == SetAsides.Copy && i.PurgedAt == null
            && !context.Instances.Any(o => o.SopInstanceUid == i.SopInstanceUid && o.IsCurrent)).ToListAsync(cancellation);
        List<InstanceRow> copies = [.. linked.OrderByDescending(i => i.ReceivedAt).DistinctBy(i => i.SopInstanceUid)];
        foreach (var copy in copies)
        {
            (copy.IsCurrent, copy.SetAside, copy.CopyOf) = (true, null, null);
            await context.Studies.Where(s => s.Id == copy.StudyId).ExecuteUpdateAsync(s => s.SetProperty(r => r.InstanceCount, r => r.InstanceCount + 1), cancellation);
        }

        await ScoreAgainAsync(transaction, copies, cancellation);
        foreach (var study in copies.Select(c => c.StudyId).Distinct())
        {
            await ReopenAsync(transaction, study, cancellation);
        }
    }

    /// <summary>Their outcome is open again.</summary>
    internal async Task ScoreAgainAsync(RecordsTransaction transaction, IReadOnlyList<InstanceRow> images, CancellationToken cancellation)
    {
        foreach (var image in images)
        {
            (image.Outcome, image.OutcomeReason, image.OutcomeDetail, image.OutcomeAt, image.Withheld, image.MeantFor) = (null, null, null, null, "", "");
        }

        await transaction.Context.SaveChangesAsync(cancellation);
        foreach (var image in images)
        {
            var tier = await transaction.Context.Studies.Where(s => s.Id == image.StudyId).Select(s => s.Tier).SingleAsync(cancellation);
            await work.EnqueueAgainAsync(transaction, new NewWork(WorkKinds.Score, $"{image.Id}", image.Id, tier), cancellation);
        }
    }

    /// <summary>
    /// The patient's age has become known: images that were not scored for want of it are routed and scored again, and the study is decided
    /// again. Gives how many.
    /// </summary>
    public async Task<int> AgeIsKnownAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation)
    {
        var images = await transaction.Context.Instances.Where(i => i.StudyId == study && i.IsCurrent && i.OutcomeReason == AgeUnknown && i.PurgedAt == null).ToListAsync(cancellation);
        if (images.Count > 0)
        {
            await ScoreAgainAsync(transaction, images, cancellation);
            await ReopenAsync(transaction, study, cancellation);
        }

        return images.Count;
    }

    /// <summary>In the words of the closed list of reasons.</summary>
    internal const string AgeUnknown = "age unknown";

    /// <summary>A complete study is decided again under its next revision; one that is open is looked at now, though its work was parked.</summary>
    internal async Task ReopenAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation)
    {
        await transaction.Context.Database.ExecuteSqlRawAsync("UPDATE study SET state = 'open', revision = revision + 1 WHERE id = {0} AND state = 'complete'", [study], cancellation);
        var row = await transaction.Context.Studies.AsNoTracking().SingleAsync(s => s.Id == study, cancellation);
        await work.EnqueueAgainAsync(transaction, new NewWork(WorkKinds.Study, WorkTable.StudyKey(row), row.Id, row.Tier), cancellation);
    }
}
