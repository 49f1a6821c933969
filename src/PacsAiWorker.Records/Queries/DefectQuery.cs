using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>Something that was left out without a reason.</summary>
/// <param name="Kind">What is wrong, in words; one of <see cref="DefectKinds"/>.</param>
/// <param name="Subject">Key of the row.</param>
/// <param name="StudyInstanceUid">Whose; null where it is nobody's.</param>
/// <param name="Since">UTC.</param>
/// <param name="Remedy">What a person does about it.</param>
public sealed record DefectLine(string Kind, string Subject, string? StudyInstanceUid, DateTime Since, string Remedy);

/// <summary>What <see cref="DefectQuery"/> looks for.</summary>
public static class DefectKinds
{
    public const string ImageWithoutWork = "an image without outcome waits for nothing";
    public const string StudyWithoutWork = "an open study waits for nothing";
    public const string StudyOverdue = "a study has no verdict after its limit";
    public const string StudyWithoutReason = "a complete study has neither result nor reason";
    public const string ResultWithoutReport = "a result has neither report nor work";
    public const string DeliveryWithoutWork = "a delivery waits for nothing";
    public const string CommitmentWithoutWork = "a promise of a PACS is owed and nobody asks for it";
    public const string NoticeWithoutWork = "a rise of priority is to be told and nobody tells it";
    public const string StoredWithoutStatus = "a delivery counts as stored without an answer of the PACS";
    public const string LeaseOverdue = "work is held long after its lease";
    public const string FileGone = "the bytes of images are gone although nobody purged them";
    public const string AuditGap = "entries of the audit are missing";

    public static readonly IReadOnlyList<string> All =
    [
        ImageWithoutWork, StudyWithoutWork, StudyOverdue, StudyWithoutReason, ResultWithoutReport, DeliveryWithoutWork, CommitmentWithoutWork, NoticeWithoutWork,
        StoredWithoutStatus, LeaseOverdue, FileGone, AuditGap,
    ];
}

/// <summary>
/// The promise that no study is silently left out, as a query: each line it gives is a defect, and there are none at any moment. It asks rows
/// only for what belongs together, so that it holds between any two transactions. Work that waits, is held, parked or given up by a person counts
/// as a reason; work that is done does not.
/// </summary>
public static class DefectQuery
{
    /// <summary>How long after its lease work may be held: the reaper comes by more often.</summary>
    private static readonly TimeSpan LeaseGrace = TimeSpan.FromSeconds(60);

    /// <param name="now">UTC.</param>
    /// <param name="studyLimit">How long a study may be open: the cap, and time for its images' scores.</param>
    /// <param name="segments">Lists the segments that the spool holds; null where it is on another machine.</param>
    public static async Task<IReadOnlyList<DefectLine>> RunAsync(
        RecordsDatabase database, DateTime now, TimeSpan studyLimit, Func<IEnumerable<Guid>>? segments, CancellationToken cancellation)
    {
        // Before the rows and after them: a segment that retention drops meanwhile is in the first list, a new one in the second.
        var there = segments?.Invoke().ToHashSet();
        await using var context = database.Open();
        var lines = new List<DefectLine>();
        var retry = "restart the worker; if it stays, send the study again from the PACS and tell the maker";

        async Task AddAsync<T>(string kind, IQueryable<T> rows, Expression<Func<T, Found>> line, string remedy) => lines.AddRange(
            (await rows.Select(line).ToListAsync(cancellation)).Select(f => new DefectLine(kind, $"{f.Id}", f.Study, f.Since, remedy)));

        await AddAsync(DefectKinds.ImageWithoutWork,
            context.Instances.Where(i => i.IsCurrent && i.Outcome == null && !context.Work.Any(w => w.Kind == WorkKinds.Score && w.Subject == i.Id && w.State != WorkStates.Done)),
            i => new Found(i.Id, i.Study!.StudyInstanceUid, i.ReceivedAt), retry);
        await AddAsync(DefectKinds.StudyWithoutWork,
            context.Studies.Where(s => s.State == StudyStates.Open && context.Instances.Any(i => i.StudyId == s.Id && i.IsCurrent)
                && !context.Work.Any(w => w.Kind == WorkKinds.Study && w.Subject == s.Id && w.DedupeKey.EndsWith("/r" + s.Revision) && w.State != WorkStates.Done)),
            s => new Found(s.Id, s.StudyInstanceUid, s.LastReceivedAt), retry);
        var opened = now - studyLimit;
        await AddAsync(DefectKinds.StudyOverdue,
            context.Work.Where(w => w.Kind == WorkKinds.Study && (w.State == WorkStates.Ready || w.State == WorkStates.Leased) && w.CreatedAt < opened),
            w => new Found(w.Subject, context.Studies.Where(s => s.Id == w.Subject).Select(s => s.StudyInstanceUid).FirstOrDefault(), w.CreatedAt),
            "see `status` for what scoring waits for; `study close UID` decides it with what there is");
        await AddAsync(DefectKinds.StudyWithoutReason,
            context.Studies.Where(s => s.State == StudyStates.Complete && s.PriorityReason == "" && !context.Results.Any(r => r.StudyId == s.Id)),
            s => new Found(s.Id, s.StudyInstanceUid, s.LastReceivedAt), retry);
        await AddAsync(DefectKinds.ResultWithoutReport,
            context.Results.Where(r => r.Stage != ModelStages.Observe && r.WithdrawnAt == null && !context.Reports.Any(p => p.ResultId == r.Id)
                && !context.Work.Any(w => (w.Kind == WorkKinds.Report || w.Kind == WorkKinds.Explain) && w.Subject == r.Id && w.State != WorkStates.Done)),
            r => new Found(r.Id, r.Study!.StudyInstanceUid, r.DecidedAt), retry);
        await AddAsync(DefectKinds.DeliveryWithoutWork,
            context.Deliveries.Where(d => (d.State == DeliveryStates.Pending || d.State == DeliveryStates.Refused)
                && !context.Work.Any(w => w.Kind == WorkKinds.Deliver && w.Subject == d.Id && w.State != WorkStates.Done)),
            d => new Found(d.Id, d.Report!.Result!.Study!.StudyInstanceUid, d.CreatedAt), retry);
        await AddAsync(DefectKinds.CommitmentWithoutWork,
            context.Deliveries.Where(d => d.State == DeliveryStates.Stored && CommitmentStates.Owed.Contains(d.Commitment)
                && !context.Work.Any(w => w.Kind == WorkKinds.Commit && w.Subject == d.Id && w.State != WorkStates.Done)),
            d => new Found(d.Id, d.Report!.Result!.Study!.StudyInstanceUid, d.CreatedAt), retry);
        await AddAsync(DefectKinds.NoticeWithoutWork,
            context.Notices.Where(n => n.State == NoticeStates.Pending && !context.Work.Any(w => w.Kind == WorkKinds.Notify && w.Subject == n.StudyId && w.State != WorkStates.Done)),
            n => new Found(n.StudyId, n.Study!.StudyInstanceUid, n.Study.LastReceivedAt), retry);
        await AddAsync(DefectKinds.StoredWithoutStatus, context.Deliveries.Where(d => d.State == DeliveryStates.Stored && d.Status == null),
            d => new Found(d.Id, d.Report!.Result!.Study!.StudyInstanceUid, d.CreatedAt), "look for the report in the PACS; if it is not there, tell the maker");
        var leased = now - LeaseGrace;
        await AddAsync(DefectKinds.LeaseOverdue, context.Work.Where(w => w.State == WorkStates.Leased && w.LeaseUntil < leased),
            w => new Found(w.Id, null, w.LeaseUntil!.Value), "start a worker: its reaper gives the work back");
        if (there is not null)
        {
            var held = await context.Instances.Where(i => i.PurgedAt == null && i.Segment != null).GroupBy(i => i.Segment!.Value).Select(g => new { g.Key, Since = g.Max(i => i.ReceivedAt) }).ToListAsync(cancellation);
            there.UnionWith(segments!());
            lines.AddRange(held.Where(h => !there.Contains(h.Key)).Select(h => new DefectLine(DefectKinds.FileGone, $"{h.Key}", null, h.Since, "restore the spool folder from its disk, or send these studies again")));
        }

        var audit = await context.AuditHead.Select(h => new { h.Seq, Entries = context.Audit.Count() }).SingleAsync(cancellation);
        if (audit.Entries != audit.Seq)
        {
            lines.Add(new DefectLine(DefectKinds.AuditGap, $"{audit.Seq - audit.Entries} of {audit.Seq}", null, now, "`audit verify` names the first that is missing; restore the table from its backup"));
        }

        return lines;
    }

    private sealed record Found(Guid Id, string? Study, DateTime Since);
}
