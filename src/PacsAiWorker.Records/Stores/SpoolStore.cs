using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;

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

    /// <summary>Says in rows and audit that a person had a study's files erased.</summary>
    public Task MarkErasedAsync(string studyInstanceUid, string reason, string actor, DateTime at, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var rows = await transaction.Context.Instances.Where(r => r.Study!.StudyInstanceUid == studyInstanceUid && r.PurgedAt == null).ToListAsync(cancellation);
        rows.ForEach(r => r.PurgedAt = at);
        await AuditChain.AppendAsync(transaction, [.. rows.Select(r => new AuditEvent("erased", $"instance:{r.Id}", r.StudyId, new { reason }, actor))], at, cancellation);
    }, cancellation);
}
