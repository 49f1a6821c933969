using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>The final outcome of one instance.</summary>
public sealed record InstanceOutcome(string Outcome, string? Reason, string? Detail, int Rows, int Columns, int Frames, DateTime At)
{
    /// <summary>Why packages that would have scored it were withheld by a person, a line each; empty where none was.</summary>
    public string Withheld { get; init; } = "";

    /// <summary>Identities of the packages that would have taken it, had it been usable, a line each.</summary>
    public string MeantFor { get; init; } = "";

    /// <summary>See <see cref="InstanceRow.PixelDigest"/>.</summary>
    public string? PixelDigest { get; init; }

    /// <summary>See <see cref="InstanceRow.Laterality"/>; null where the file could not be read.</summary>
    public string? Laterality { get; init; }
}

/// <summary>An image that was scored and has the pixels of another one.</summary>
/// <param name="StudyInstanceUid">Its study.</param>
/// <param name="Models">Ids of the packages that scored it.</param>
/// <param name="IsReconciled">The information system said that its study's patient is somebody else than its header says.</param>
public sealed record PixelTwin(InstanceRow Image, string StudyInstanceUid, IReadOnlyCollection<string> Models, bool IsReconciled);

/// <summary>What Scoring reads and writes.</summary>
public sealed class ScoreStore(RecordsDatabase database, WorkTable work)
{
    public async Task<InstanceRow?> FindAsync(Guid instance, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Instances.AsNoTracking().SingleOrDefaultAsync(r => r.Id == instance, cancellation);
    }

    /// <summary>Images in use and scored that have these pixels under another SOP Instance UID, in its study first, then the oldest.</summary>
    public async Task<IReadOnlyList<PixelTwin>> TwinsAsync(InstanceRow instance, string pixelDigest, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var images = await context.Instances.AsNoTracking().Include(i => i.Study).Where(i => i.PixelDigest == pixelDigest && i.Id != instance.Id && i.SopInstanceUid != instance.SopInstanceUid && i.IsCurrent && i.Outcome == Outcomes.Scored)
            .OrderByDescending(i => i.StudyId == instance.StudyId).ThenBy(i => i.ReceivedAt).Take(MostTwins).ToListAsync(cancellation);
        var twins = new List<PixelTwin>();
        foreach (var image in images)
        {
            twins.Add(new PixelTwin(image, image.Study!.StudyInstanceUid,
                await context.Scores.Where(s => s.InstanceId == image.Id).Select(s => s.ModelId).Distinct().ToListAsync(cancellation),
                await context.Reconciled.AnyAsync(r => r.StudyId == image.StudyId, cancellation)));
        }

        return twins;
    }

    /// <summary>Pixels that so many images share are no picture of anybody.</summary>
    private const int MostTwins = 16;

    /// <summary>Links a copy to its original and takes it out of use; null when either has changed meanwhile. Gives its study.</summary>
    public async Task<Guid?> LinkAsync(RecordsTransaction transaction, Guid copy, PixelTwin original, string pixelDigest, DateTime at, (TimeSpan Quiet, TimeSpan Cap) times, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var row = await context.Instances.SingleAsync(r => r.Id == copy, cancellation);
        await IdentityStore.LockAsync(transaction, [row.StudyId, original.Image.StudyId], cancellation);
        await context.Entry(row).ReloadAsync(cancellation);
        if (row.Outcome is not null || !row.IsCurrent || !await context.Instances.AnyAsync(i => i.Id == original.Image.Id && i.IsCurrent && i.Outcome == Outcomes.Scored, cancellation))
        {
            return null;
        }

        (row.IsCurrent, row.SetAside, row.CopyOf, row.PixelDigest) = (false, SetAsides.Copy, original.Image.Id, pixelDigest);
        (row.Outcome, row.OutcomeDetail, row.OutcomeAt) = (Outcomes.Copy, $"same pixels as {original.Image.SopInstanceUid} of study {original.StudyInstanceUid}", at);
        await context.SaveChangesAsync(cancellation);
        await context.Studies.Where(s => s.Id == row.StudyId).ExecuteUpdateAsync(s => s.SetProperty(r => r.InstanceCount, r => r.InstanceCount - 1), cancellation);
        await TellStudyAsync(transaction, row.StudyId, times, cancellation);
        return row.StudyId;
    }

    /// <summary>Writes outcome and scores once; null when the instance has an outcome already. Gives the instance's study.</summary>
    /// <param name="quiet">Quiet time and cap of a study that has to be decided again.</param>
    public async Task<Guid?> WriteAsync(
        RecordsTransaction transaction, Guid instance, InstanceOutcome outcome, IReadOnlyList<ScoreRow> scores, (TimeSpan Quiet, TimeSpan Cap) times, CancellationToken cancellation)
    {
        var context = transaction.Context;
        await LockStudyAsync(transaction, await context.Instances.Where(r => r.Id == instance).Select(r => r.StudyId).SingleAsync(cancellation), cancellation);
        var row = await context.Instances.SingleAsync(r => r.Id == instance, cancellation);
        if (row.Outcome is not null)
        {
            return null;
        }

        (row.Outcome, row.OutcomeReason, row.OutcomeDetail, row.OutcomeAt) = (outcome.Outcome, outcome.Reason, outcome.Detail, outcome.At);
        (row.Withheld, row.MeantFor, row.PixelDigest) = (outcome.Withheld, outcome.MeantFor, outcome.PixelDigest ?? row.PixelDigest);
        row.Laterality = outcome.Laterality ?? row.Laterality;
        (row.Rows, row.Columns, row.Frames) = (outcome.Rows, outcome.Columns, outcome.Frames);
        // An image that is scored again keeps what a package said of it before: the same package says the same.
        var said = await context.Scores.Where(s => s.InstanceId == instance).Select(s => new { s.ModelIdentity, s.Frame }).ToListAsync(cancellation);
        context.Scores.AddRange(scores.Where(s => !said.Exists(o => o.ModelIdentity == s.ModelIdentity && o.Frame == s.Frame)));
        await context.SaveChangesAsync(cancellation);
        await TellStudyAsync(transaction, row.StudyId, times, cancellation);
        return row.StudyId;
    }

    /// <summary>A score by its own id, or all of an image by its id in the records or its SOP Instance UID, with their instances; oldest first.</summary>
    public async Task<IReadOnlyList<ScoreRow>> ScoresAsync(string id, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var all = context.Scores.AsNoTracking().Include(s => s.Instance);
        var which = Guid.TryParse(id, out var key) ? all.Where(s => s.Id == key || s.InstanceId == key) : all.Where(s => s.Instance!.SopInstanceUid == id);
        return await which.OrderBy(s => s.ScoredAt).ThenBy(s => s.ModelId).ThenBy(s => s.Frame).ToListAsync(cancellation);
    }

    /// <summary>The study before its images, as the journal does: a verdict that is being written is either seen here or waits for us.</summary>
    private async Task LockStudyAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation) =>
        await transaction.Context.Studies.FromSqlRaw("SELECT * FROM study WHERE id = {0}" + database.ForUpdate, study).AsNoTracking().ToListAsync(cancellation);

    /// <summary>The last outcome wakes a waiting study; one that comes after the verdict opens the study again.</summary>
    private async Task TellStudyAsync(RecordsTransaction transaction, Guid study, (TimeSpan Quiet, TimeSpan Cap) times, CancellationToken cancellation)
    {
        await transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""
            UPDATE work SET not_before = {{database.Now}} WHERE kind = 'study' AND subject = {0} AND state = 'ready' AND reason_code = 'awaiting'
            AND NOT EXISTS (SELECT 1 FROM instance WHERE study_id = {0} AND is_current AND outcome IS NULL)
            """, [study], cancellation);
        var reopened = await transaction.Context.Studies.FromSqlRaw(
            "UPDATE study SET state = 'open', revision = revision + 1 WHERE id = {0} AND state = 'complete' RETURNING *", study).AsNoTracking().ToListAsync(cancellation);
        foreach (var row in reopened)
        {
            await work.EnqueueStudyAsync(transaction, row, times.Quiet, times.Cap, cancellation);
        }
    }
}
