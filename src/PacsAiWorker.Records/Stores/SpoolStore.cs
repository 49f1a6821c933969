using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>What rows say of places in the spool.</summary>
public sealed class SpoolStore(RecordsDatabase database)
{
    /// <summary>Places of a study's files that are still in the spool.</summary>
    public async Task<IReadOnlyList<string>> FilesAsync(string studyInstanceUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Instances.Where(r => r.Study!.StudyInstanceUid == studyInstanceUid && r.PurgedAt == null).Select(r => r.File).ToListAsync(cancellation);
    }

    /// <summary>Key of a study; null when it is unknown.</summary>
    public async Task<Guid?> StudyAsync(string studyInstanceUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return (await context.Studies.AsNoTracking().SingleOrDefaultAsync(s => s.StudyInstanceUid == studyInstanceUid, cancellation))?.Id;
    }

    /// <summary>When the last of a study's files left the spool; null while none has, or the study is unknown.</summary>
    public async Task<DateTime?> PurgedAtAsync(string studyInstanceUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Instances.Where(r => r.Study!.StudyInstanceUid == studyInstanceUid).MaxAsync(r => r.PurgedAt, cancellation);
    }

    /// <summary>Records that could not have a row, oldest first.</summary>
    public async Task<IReadOnlyList<SpoolProblemRow>> ProblemsAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.SpoolProblems.AsNoTracking().OrderBy(r => r.At).ThenBy(r => r.Location).ToListAsync(cancellation);
    }

    /// <summary>A person has looked at a record without a row and needs it no longer; false when there is none at this place.</summary>
    public Task<bool> DiscardProblemAsync(string location, string why, string actor, DateTime at, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var row = await transaction.Context.SpoolProblems.SingleOrDefaultAsync(r => r.Location == location, cancellation);
        if (row is null)
        {
            return false;
        }

        transaction.Context.SpoolProblems.Remove(row);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("spool discard", $"record:{location}", null, new { reason = row.Reason, why }, actor)], at, cancellation);
        return true;
    }, cancellation);

    /// <summary>Says in rows and audit that a person had a study's files erased.</summary>
    public Task MarkErasedAsync(string studyInstanceUid, string reason, string actor, DateTime at, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var rows = await transaction.Context.Instances.Where(r => r.Study!.StudyInstanceUid == studyInstanceUid && r.PurgedAt == null).ToListAsync(cancellation);
        rows.ForEach(r => r.PurgedAt = at);
        await AuditChain.AppendAsync(transaction, [.. rows.Select(r => new AuditEvent("erased", $"instance:{r.Id}", r.StudyId, new { reason }, actor))], at, cancellation);
    }, cancellation);
}
