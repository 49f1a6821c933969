using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>A study as it stands: current instances, their scores, and the packages that gave them.</summary>
/// <param name="Stopped">Instances without an outcome whose scoring is parked or was given up.</param>
public sealed record StudyPicture(
    StudyRow Study, IReadOnlyList<InstanceRow> Instances, IReadOnlyList<ScoreRow> Scores, IReadOnlyDictionary<string, ModelRow> Models, int Stopped)
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
        var identities = scores.Select(s => s.ModelIdentity).Distinct().ToList();
        var models = await context.Models.AsNoTracking().Where(m => identities.Contains(m.Identity)).ToDictionaryAsync(m => m.Identity, cancellation);
        return new StudyPicture(row, instances, scores, models, stopped);
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

    /// <inheritdoc cref="CloseAsync"/>
    public static Task<StudyRow> FindAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation) =>
        transaction.Context.Studies.SingleAsync(s => s.Id == study, cancellation);
}
