using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>A study as it stands: current instances, their scores, and the packages that gave them or were meant to.</summary>
/// <param name="Stopped">Instances without an outcome whose scoring is parked or was given up.</param>
/// <param name="Steps">What modalities say about the steps that made it.</param>
public sealed record StudyPicture(
    StudyRow Study, IReadOnlyList<InstanceRow> Instances, IReadOnlyList<ScoreRow> Scores, IReadOnlyDictionary<string, ModelRow> Models, int Stopped, IReadOnlyList<PerformedStepRow> Steps)
{
    public int Awaiting => Instances.Count(i => i.Outcome is null) - Stopped;
}

/// <summary>What Studies reads and writes.</summary>
public sealed class StudyStore(RecordsDatabase database)
{
    public async Task<StudyPicture> ReadAsync(Guid study, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var row = await context.Studies.AsNoTracking().SingleAsync(s => s.Id == study, cancellation);
        var instances = await context.Instances.AsNoTracking().Where(i => i.StudyId == study && i.IsCurrent).ToListAsync(cancellation);
        var awaiting = instances.Where(i => i.Outcome is null).Select(i => i.Id).ToList();
        var stopped = await context.Work.CountAsync(w => w.Kind == WorkKinds.Score && awaiting.Contains(w.Subject)
            && (w.State == WorkStates.Parked || w.State == WorkStates.Cancelled), cancellation);
        var scores = await context.Scores.AsNoTracking().Where(s => s.StudyId == study && s.Instance!.IsCurrent).ToListAsync(cancellation);
        var identities = scores.Select(s => s.ModelIdentity).Concat(instances.SelectMany(i => i.MeantForEach)).Distinct().ToList();
        var models = await context.Models.AsNoTracking().Where(m => identities.Contains(m.Identity)).ToDictionaryAsync(m => m.Identity, cancellation);
        var steps = await context.PerformedSteps.AsNoTracking().Where(s => s.StudyInstanceUid == row.StudyInstanceUid).ToListAsync(cancellation);
        return new StudyPicture(row, instances, scores, models, stopped, steps);
    }

    /// <summary>Keys of the studies that received something since a time, oldest first.</summary>
    public async Task<IReadOnlyList<Guid>> SinceAsync(DateTime since, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Studies.Where(s => s.LastReceivedAt >= since).OrderBy(s => s.FirstReceivedAt).Select(s => s.Id).ToListAsync(cancellation);
    }

    /// <summary>The latest verdict of a model on a study, whatever its version; what a version said that only observed counts where no other spoke. Null when it gave none.</summary>
    public async Task<ResultRow?> LastResultAsync(Guid study, string modelId, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Results.AsNoTracking().Where(r => r.StudyId == study && r.ModelId == modelId).OrderBy(r => r.Stage == ModelStages.Observe).ThenByDescending(r => r.Revision).ThenByDescending(r => r.IsPositive).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>Closes the study under its revision and writes the results; null when an image or an outcome arrived meanwhile: the transaction must roll back.</summary>
    /// <returns>The study, tracked: what is changed on it is written with the transaction.</returns>
    public async Task<StudyRow?> CloseAsync(RecordsTransaction transaction, StudyPicture picture, IReadOnlyList<ResultRow> results, CancellationToken cancellation)
    {
        var seen = picture.Study;
        var closed = await transaction.Context.Database.ExecuteSqlRawAsync(
            $$"""UPDATE study SET state = 'complete', completed_at = {{database.Now}} WHERE id = {0} AND revision = {1} AND instance_count = {2} AND state = 'open'""",
            [seen.Id, seen.Revision, seen.InstanceCount], cancellation);
        var outcomes = await transaction.Context.Instances.CountAsync(i => i.StudyId == seen.Id && i.IsCurrent && i.Outcome != null, cancellation);
        if (closed != 1 || outcomes != picture.Instances.Count(i => i.Outcome is not null))
        {
            return null;
        }

        transaction.Context.Results.AddRange(results);
        await transaction.Context.SaveChangesAsync(cancellation);
        return await FindAsync(transaction, seen.Id, cancellation);
    }

    /// <summary>
    /// Results that were withdrawn, of which a PACS has the report and nothing has taken its place: the latest of each package. A report that
    /// was given up while it was being sent may have arrived, so it counts.
    /// </summary>
    public async Task<IReadOnlyList<ResultRow>> ToTakeBackAsync(Guid study, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var reached = ReportStore.Reached(context);
        var withdrawn = await context.Results.AsNoTracking()
            .Where(r => r.StudyId == study && r.WithdrawnAt != null && reached.Any(d => d.Report!.ResultId == r.Id)).ToListAsync(cancellation);
        var standing = await context.Results.AsNoTracking()
            .Where(r => r.StudyId == study && r.WithdrawnAt == null && !context.Deliveries.Any(d => d.Report!.ResultId == r.Id && d.State == DeliveryStates.Withheld))
            .Select(r => new { r.ModelIdentity, r.Revision }).ToListAsync(cancellation);
        return [.. withdrawn.GroupBy(r => r.ModelIdentity).Select(g => g.MaxBy(r => r.Revision)!).Where(r => !standing.Any(s => s.ModelIdentity == r.ModelIdentity && s.Revision > r.Revision))
            .OrderBy(r => r.ModelId, StringComparer.Ordinal).ThenBy(r => r.ModelIdentity, StringComparer.Ordinal)];
    }

    /// <summary>Keeps the study's row to the transaction until it ends.</summary>
    internal static Task LockAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation) =>
        transaction.Context.Studies.FromSqlRaw("SELECT * FROM study WHERE id = {0}" + transaction.Database.ForUpdate, study).AsNoTracking().ToListAsync(cancellation);

    /// <summary>The study of the picture while it is still open under its revision, locked until the transaction ends; null when it is decided.</summary>
    /// <returns>The study, tracked: what is changed on it is written with the transaction.</returns>
    public async Task<StudyRow?> LockOpenAsync(RecordsTransaction transaction, StudyRow seen, CancellationToken cancellation)
    {
        var study = (await transaction.Context.Studies.FromSqlRaw("SELECT * FROM study WHERE id = {0}" + database.ForUpdate, seen.Id).ToListAsync(cancellation)).Single();
        return study.State == StudyStates.Open && study.Revision == seen.Revision ? study : null;
    }

    /// <summary>A person says that nothing more of an open study comes: it is decided when its images have their outcomes.</summary>
    /// <param name="studyUid">Study Instance UID.</param>
    /// <returns>The study's state before; null when there is no such study.</returns>
    public Task<string?> AskToCloseAsync(string studyUid, string actor, DateTime now, WorkTable work, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var study = (await transaction.Context.Studies.FromSqlRaw("SELECT * FROM study WHERE study_instance_uid = {0}" + database.ForUpdate, studyUid).ToListAsync(cancellation)).SingleOrDefault();
        if (study?.State == StudyStates.Open)
        {
            (study.CloseAskedAt, study.CloseAskedBy) = (now, actor);
            await transaction.Context.SaveChangesAsync(cancellation);
            await work.ReleaseStudiesAsync(transaction, [studyUid], cancellation);
            await AuditChain.AppendAsync(transaction, [new AuditEvent("close asked", $"study:{study.Id}", study.Id, new { study.Revision }, actor)], now, cancellation);
        }

        return study?.State;
    }, cancellation);

    /// <inheritdoc cref="CloseAsync"/>
    public static Task<StudyRow> FindAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation) =>
        transaction.Context.Studies.SingleAsync(s => s.Id == study, cancellation);
}
