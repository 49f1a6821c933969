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
}

/// <summary>What Scoring reads and writes.</summary>
public sealed class ScoreStore(RecordsDatabase database, WorkTable work)
{
    public async Task<InstanceRow?> FindAsync(Guid instance, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Instances.AsNoTracking().SingleOrDefaultAsync(r => r.Id == instance, cancellation);
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
        (row.Withheld, row.MeantFor) = (outcome.Withheld, outcome.MeantFor);
        (row.Rows, row.Columns, row.Frames) = (outcome.Rows, outcome.Columns, outcome.Frames);
        context.Scores.AddRange(scores);
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
