using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;

namespace PacsAiWorker.Records.Queries;

/// <summary>Which audit entries are wanted; what is null does not filter.</summary>
/// <param name="Action">Exactly this action, for example <c>not scored</c>.</param>
/// <param name="ModelId">Entries whose detail names this model.</param>
public sealed record AuditFilter(
    DateTime? From = null, DateTime? To = null, string? StudyInstanceUid = null, string? Action = null, string? ModelId = null, string? Site = null, string? CallingAe = null, int Limit = 1000)
{
    /// <summary>Who.</summary>
    public string? Actor { get; init; }

    /// <summary>Only entries before this one: how a reader goes on where the last answer ended.</summary>
    public long? Before { get; init; }
    public bool NewestFirst { get; init; }
}

/// <summary>One audit entry with the UIDs that its keys stand for.</summary>
public sealed record AuditLine(long Seq, DateTime At, string Actor, string Action, string Subject, string? StudyInstanceUid, string? SopInstanceUid, string Detail, string Hash);

/// <summary>Reads the append-only record, newest last unless the filter says otherwise. UIDs are joined at reading; the record itself holds keys only.</summary>
public static class AuditQuery
{
    private const string InstanceSubject = "instance:";

    /// <summary>Number of the last entry.</summary>
    public static async Task<long> LastAsync(RecordsDatabase database, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.AuditHead.Select(h => h.Seq).SingleAsync(cancellation);
    }

    /// <summary>The words that stand in <see cref="AuditLine.Action"/>, in their order.</summary>
    public static async Task<IReadOnlyList<string>> ActionsAsync(RecordsDatabase database, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Audit.Select(a => a.Action).Distinct().OrderBy(a => a).ToListAsync(cancellation);
    }

    /// <summary>Everything that fits, newest first, read a page at a time.</summary>
    /// <param name="filter">Its limit is the size of a page.</param>
    public static async IAsyncEnumerable<AuditLine> AllAsync(RecordsDatabase database, AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var page = filter with { NewestFirst = true }; ;)
        {
            var lines = await RunAsync(database, page, cancellation);
            foreach (var line in lines)
            {
                yield return line;
            }

            if (lines.Count < page.Limit)
            {
                yield break;
            }

            page = page with { Before = lines[^1].Seq };
        }
    }

    public static async Task<IReadOnlyList<AuditLine>> RunAsync(RecordsDatabase database, AuditFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var query = from entry in context.Audit.AsNoTracking()
                    join study in context.Studies on entry.StudyId equals study.Id into studies
                    from study in studies.DefaultIfEmpty()
                    where (filter.From == null || entry.At >= filter.From) && (filter.To == null || entry.At < filter.To)
                        && (filter.Action == null || entry.Action == filter.Action) && (filter.Actor == null || entry.Actor == filter.Actor) && (filter.Before == null || entry.Seq < filter.Before)
                        && (filter.StudyInstanceUid == null || study!.StudyInstanceUid == filter.StudyInstanceUid)
                        && (filter.Site == null || study!.Site == filter.Site)
                        && (filter.CallingAe == null || study!.CallingAe == filter.CallingAe)
                        && (filter.ModelId == null || entry.Detail.Contains("\"" + filter.ModelId + "\""))
                    orderby entry.Seq descending
                    select new { entry, StudyUid = study == null ? null : study.StudyInstanceUid };
        var rows = await query.Take(filter.Limit).ToListAsync(cancellation);
        if (!filter.NewestFirst)
        {
            rows.Reverse();
        }

        var keys = rows.Where(r => r.entry.Subject.StartsWith(InstanceSubject, StringComparison.Ordinal)).Select(r => Guid.Parse(r.entry.Subject.AsSpan(InstanceSubject.Length))).Distinct().ToList();
        var uids = await context.Instances.AsNoTracking().Where(i => keys.Contains(i.Id)).ToDictionaryAsync(i => $"{InstanceSubject}{i.Id}", i => i.SopInstanceUid, cancellation);
        return [.. rows.Select(r => new AuditLine(r.entry.Seq, r.entry.At, r.entry.Actor, r.entry.Action, r.entry.Subject, r.StudyUid,
            uids.GetValueOrDefault(r.entry.Subject), r.entry.Detail, Convert.ToHexStringLower(r.entry.Hash)))];
    }
}
