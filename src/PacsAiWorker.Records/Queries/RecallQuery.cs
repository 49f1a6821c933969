using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>How many studies of a recall there are of one kind.</summary>
/// <param name="Kind"><see cref="RecallKinds"/>.</param>
/// <param name="Unread">Of them, not read when the package was recalled.</param>
/// <param name="Waiting">The worker has not come to them.</param>
public sealed record RecallCount(string Kind, int Studies, int Unread, int Waiting, int Closed);

/// <summary>A recall and how far it is.</summary>
public sealed record RecallLine(Guid Id, string ModelId, string ModelVersion, string ModelIdentity, string Why, string Actor, DateTime At, DateTime? EndedAt, string EndedBy, string EndedWhy, IReadOnlyList<RecallCount> Counts)
{
    public int Studies => Counts.Sum(c => c.Studies);
    public int Closed => Counts.Sum(c => c.Closed);
    public int Waiting => Counts.Sum(c => c.Waiting);

    /// <summary>Every line is closed.</summary>
    public bool IsClosed => Closed == Studies;
}

/// <summary>One study of a recall.</summary>
/// <param name="Told">Highest priority that the information system took or may have taken; empty: none.</param>
/// <param name="HasResult">The package said something of it, which is withdrawn with the rest.</param>
/// <param name="Reports">Where each report of the package stands, a clause each.</param>
public sealed record RecallStudyLine(
    Guid StudyKey, string StudyInstanceUid, string Site, string CallingAe, DateTime ReceivedAt, string Kind, bool WasRead, bool IsRead, string Priority, string Told, IReadOnlyList<string> Reports,
    DateTime? WithdrawnAt, bool HasResult, string ScoredAgain, string Verdict, DateTime? ClosedAt, string ClosedBy, string ClosedWhy)
{
    /// <summary>A person may close it: the worker has done its part.</summary>
    public bool IsForPerson => ClosedAt is null && WithdrawnAt is not null;
}

/// <summary>Which lines of a recall are wanted.</summary>
/// <param name="Kind"><see cref="RecallKinds"/>; null: all.</param>
/// <param name="IsOpen">Null: open and closed ones.</param>
public sealed record RecallFilter(Guid Recall, string? Kind = null, bool? IsOpen = null, int Skip = 0, int Limit = 50);

/// <summary>Recalls, what each touched, and how far it is tracked (safety rule 21).</summary>
public static class RecallQuery
{
    /// <summary>All that ever were, the last first.</summary>
    public static async Task<IReadOnlyList<RecallLine>> RunAsync(RecordsDatabase database, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var counts = (await context.RecallStudies.GroupBy(l => new { l.RecallId, l.Kind })
            .Select(g => new { g.Key.RecallId, g.Key.Kind, Studies = g.Count(), Unread = g.Count(l => !l.WasRead), Waiting = g.Count(l => l.WithdrawnAt == null && l.ClosedAt == null), Closed = g.Count(l => l.ClosedAt != null) })
            .ToListAsync(cancellation)).ToLookup(c => c.RecallId);
        return
        [
            .. (await context.Recalls.AsNoTracking().Include(r => r.Model).OrderByDescending(r => r.At).ToListAsync(cancellation)).Select(r => new RecallLine(
                r.Id, r.Model!.ModelId, r.Model.Version, r.ModelIdentity, r.Why, r.Actor, r.At, r.EndedAt, r.EndedBy, r.EndedWhy,
                [.. counts[r.Id].Select(c => new RecallCount(c.Kind, c.Studies, c.Unread, c.Waiting, c.Closed)).OrderBy(c => RecallKinds.All.ToList().IndexOf(c.Kind))])),
        ];
    }

    /// <summary>How many lines fit.</summary>
    public static async Task<int> CountAsync(RecordsDatabase database, RecallFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await Fitting(context, filter).CountAsync(cancellation);
    }

    /// <summary>Lines that fit: those that nobody has read first, then by when their first image came.</summary>
    public static async Task<IReadOnlyList<RecallStudyLine>> StudiesAsync(RecordsDatabase database, RecallFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var lines = await Fitting(context, filter).Include(l => l.Study).Include(l => l.Recall)
            .OrderBy(l => l.WasRead).ThenBy(l => l.Study!.FirstReceivedAt).ThenBy(l => l.StudyId).Skip(filter.Skip).Take(filter.Limit).ToListAsync(cancellation);
        var ids = lines.Select(l => l.StudyId).ToList();
        var identity = lines.Count > 0 ? lines[0].Recall!.ModelIdentity : "";
        var told = (await context.Notices.AsNoTracking().Where(n => ids.Contains(n.StudyId) && n.SentAt != null).Select(n => new { n.StudyId, n.Priority }).ToListAsync(cancellation)).ToLookup(n => n.StudyId, n => n.Priority);
        var reports = (await context.Reports.AsNoTracking().Where(r => ids.Contains(r.Result!.StudyId) && r.Result.ModelIdentity == identity)
            .Select(r => new { r.Id, r.Result!.StudyId, r.Result.Revision, IsWithdrawal = r.Result.Withdraws != null }).ToListAsync(cancellation)).ToLookup(r => r.StudyId);
        var said = (await context.Results.Where(r => ids.Contains(r.StudyId) && r.ModelIdentity == identity).Select(r => r.StudyId).Distinct().ToListAsync(cancellation)).ToHashSet();
        var deliveries = (await context.Deliveries.AsNoTracking().Where(d => ids.Contains(d.Report!.Result!.StudyId) && d.Report.Result.ModelIdentity == identity)
            .Select(d => new { d.ReportId, d.Destination, d.State }).ToListAsync(cancellation)).ToLookup(d => d.ReportId);
        return
        [
            .. lines.Select(l => new RecallStudyLine(
                l.StudyId, l.Study!.StudyInstanceUid, l.Study.Site, l.Study.CallingAe, l.Study.FirstReceivedAt, l.Kind, l.WasRead, l.Study.IsRead, l.Study.Priority, told[l.StudyId].OrderBy(Priorities.Rank).FirstOrDefault(""),
                [.. reports[l.StudyId].OrderBy(r => r.Revision).Select(r => $"{(r.IsWithdrawal ? "withdrawal" : $"report r{r.Revision}")}: {string.Join(", ", deliveries[r.Id].OrderBy(d => d.Destination, StringComparer.Ordinal).Select(d => $"{d.Destination} {d.State}").DefaultIfEmpty("no destination"))}")],
                l.WithdrawnAt, said.Contains(l.StudyId), l.ScoredAgain, l.Verdict, l.ClosedAt, l.ClosedBy, l.ClosedWhy)),
        ];
    }

    /// <summary>Every line of a recall, read a page at a time.</summary>
    public static async IAsyncEnumerable<RecallStudyLine> AllAsync(RecordsDatabase database, Guid recall, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var page = new RecallFilter(recall, Limit: 500); ; page = page with { Skip = page.Skip + page.Limit })
        {
            var lines = await StudiesAsync(database, page, cancellation);
            foreach (var line in lines)
            {
                yield return line;
            }

            if (lines.Count < page.Limit)
            {
                yield break;
            }
        }
    }

    private static IQueryable<RecallStudyRow> Fitting(RecordsContext context, RecallFilter filter) => context.RecallStudies.AsNoTracking()
        .Where(l => l.RecallId == filter.Recall && (filter.Kind == null || l.Kind == filter.Kind) && (filter.IsOpen == null || l.ClosedAt == null == filter.IsOpen));
}
