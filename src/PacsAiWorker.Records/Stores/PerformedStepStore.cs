using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>What modalities said about the steps they perform.</summary>
public sealed class PerformedStepStore(RecordsDatabase database, WorkTable work, TimeProvider clock)
{
    /// <summary>Null when nobody has told of it.</summary>
    public async Task<PerformedStepRow?> FindAsync(string uid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.PerformedSteps.AsNoTracking().SingleOrDefaultAsync(s => s.SopInstanceUid == uid, cancellation);
    }

    /// <summary>Keeps a step that begins.</summary>
    /// <exception cref="DbUpdateException">It is known already.</exception>
    public Task BeginAsync(string uid, string studyUid, string callingAe, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var now = clock.GetUtcNow().UtcDateTime;
        transaction.Context.PerformedSteps.Add(new PerformedStepRow
        {
            SopInstanceUid = uid,
            State = StepStates.InProgress,
            StudyInstanceUid = studyUid,
            CallingAe = callingAe,
            Images = "[]",
            CreatedAt = now,
            ChangedAt = now,
        });
        await transaction.Context.SaveChangesAsync(cancellation);
        await AuditAsync(transaction, uid, studyUid, StepStates.InProgress, 0, callingAe, now, cancellation);
    }, cancellation);

    /// <summary>Keeps what a step made, and its state; one that has ended wakes whoever decides its study.</summary>
    /// <param name="images">SOP Instance UIDs, all of them; null leaves them as they are.</param>
    /// <returns>False when it had ended before: then nothing is kept.</returns>
    public Task<bool> ChangeAsync(string uid, string state, IReadOnlyList<string>? images, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var row = (await transaction.Context.PerformedSteps.FromSqlRaw("SELECT * FROM performed_step WHERE sop_instance_uid = {0}" + database.ForUpdate, uid).ToListAsync(cancellation)).Single();
        if (row.State != StepStates.InProgress)
        {
            return false;
        }

        (row.State, row.ChangedAt) = (state, clock.GetUtcNow().UtcDateTime);
        row.Images = images is null ? row.Images : JsonSerializer.Serialize(images);
        await transaction.Context.SaveChangesAsync(cancellation);
        if (state != StepStates.InProgress)
        {
            await work.LookAtStudyAsync(transaction, row.StudyInstanceUid, cancellation);
            await AuditAsync(transaction, uid, row.StudyInstanceUid, state, images?.Count ?? 0, row.CallingAe, row.ChangedAt, cancellation);
        }

        return true;
    }, cancellation);

    private static async Task AuditAsync(RecordsTransaction transaction, string uid, string studyUid, string state, int images, string callingAe, DateTime now, CancellationToken cancellation)
    {
        var study = await transaction.Context.Studies.Where(s => s.StudyInstanceUid == studyUid).Select(s => (Guid?)s.Id).SingleOrDefaultAsync(cancellation);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("performed step", $"step:{uid}", study, new { state, images, callingAe })], now, cancellation);
    }
}
