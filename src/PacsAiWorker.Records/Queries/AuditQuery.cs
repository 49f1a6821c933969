using Microsoft.EntityFrameworkCore;

namespace PacsAiWorker.Records.Queries;

/// <summary>Which audit entries are wanted; what is null does not filter.</summary>
/// <param name="Action">Exactly this action, for example <c>not scored</c>.</param>
/// <param name="ModelId">Entries whose detail names this model.</param>
public sealed record AuditFilter(
    DateTime? From = null, DateTime? To = null, string? StudyInstanceUid = null, string? Action = null, string? ModelId = null, string? Site = null, string? CallingAe = null, int Limit = 1000);

/// <summary>One audit entry with the UIDs that its keys stand for.</summary>
public sealed record AuditLine(long Seq, DateTime At, string Actor, string Action, string Subject, string? StudyInstanceUid, string? SopInstanceUid, string Detail, string Hash);

/// <summary>Reads the append-only record, newest last. UIDs are joined at reading; the record itself holds keys only.</summary>
public static class AuditQuery
{
    private const string InstanceSubject = "instance:";

    public static async Task<IReadOnlyList<AuditLine>> RunAsync(RecordsDatabase database, AuditFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var query = from entry in context.Audit.AsNoTracking()
                    join study in context.Studies on entry.StudyId equals study.Id into studies
                    from study in studies.DefaultIfEmpty()
                    where (filter.From == null || entry.At >= filter.From) && (filter.To == null || entry.At < filter.To)
                        && (filter.Action == null || entry.Action == filter.Action)
                        && (filter.StudyInstanceUid == null || study!.StudyInstanceUid == filter.StudyInstanceUid)
                        && (filter.Site == null || study!.Site == filter.Site)
                        && (filter.CallingAe == null || study!.CallingAe == filter.CallingAe)
                        && (filter.ModelId == null || entry.Detail.Contains("\"" + filter.ModelId + "\""))
                    orderby entry.Seq descending
                    select new { entry, StudyUid = study == null ? null : study.StudyInstanceUid };
        var rows = await query.Take(filter.Limit).ToListAsync(cancellation);
        rows.Reverse();
        var keys = rows.Where(r => r.entry.Subject.StartsWith(InstanceSubject, StringComparison.Ordinal)).Select(r => Guid.Parse(r.entry.Subject.AsSpan(InstanceSubject.Length))).Distinct().ToList();
        var uids = await context.Instances.AsNoTracking().Where(i => keys.Contains(i.Id)).ToDictionaryAsync(i => $"{InstanceSubject}{i.Id}", i => i.SopInstanceUid, cancellation);
        return [.. rows.Select(r => new AuditLine(r.entry.Seq, r.entry.At, r.entry.Actor, r.entry.Action, r.entry.Subject, r.StudyUid,
            uids.GetValueOrDefault(r.entry.Subject), r.entry.Detail, Convert.ToHexStringLower(r.entry.Hash)))];
    }
}
