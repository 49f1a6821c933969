using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Records.Queries;

/// <summary>How much of one kind of work is where, and since when the oldest waits.</summary>
public sealed record BacklogLine(string Kind, int Ready, int Leased, int Parked, DateTime? OldestDueSince);

/// <summary>Something a person has to look at.</summary>
public sealed record StuckLine(Guid WorkId, string Kind, string? StudyInstanceUid, string Reason, string? Detail, int Attempts, DateTime Since, string Remedy);

/// <summary>A received file that could not have a row: it is in the spool, and no study knows of it.</summary>
public sealed record SpoolProblemLine(string Location, string Reason, DateTime Since, string Remedy);

/// <summary>Segments that are older than retention keeps and stay nonetheless, for one reason.</summary>
/// <param name="Oldest">When the last record was added to the oldest of them.</param>
public sealed record KeptLine(string Reason, int Segments, long Bytes, DateTime Oldest, string Remedy);

/// <summary>What retention has before it.</summary>
/// <param name="Days">Age at which received files may go; 0 keeps for ever.</param>
public sealed record RetentionLine(int Days, int Segments, long Bytes, DateTime? Oldest, IReadOnlyList<KeptLine> Kept);

/// <summary>Reports that one PACS stored and has not promised to keep, although it was asked for longer than it may take, or could not be asked for a day.</summary>
/// <param name="Since">When the first of them was stored.</param>
public sealed record UncommittedLine(string Destination, int Reports, DateTime Since, IReadOnlyList<string> StudyInstanceUids, string Remedy);

/// <summary>Messages about priority are stopped.</summary>
/// <param name="Messages">Which, for people.</param>
/// <param name="ModelId">Of this package alone; empty: whatever the package.</param>
/// <param name="Channel">Over this channel alone; empty: over each.</param>
/// <param name="HeldBack">Studies of which nothing was told because of it.</param>
public sealed record MessagesStoppedLine(DateTime Since, string Messages, string ModelId, string Channel, string Why, string By, int HeldBack)
{
    /// <summary>One sentence for people.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{Messages.ToUpperInvariant()} ARE STOPPED since {Since:yyyy-MM-dd HH:mm}Z by {By}: {Why}. {HeldBack} studies held back; `worklist resume{(ModelId.Length > 0 ? $" --model {ModelId}" : Channel.Length > 0 ? $" --channel {Channel}" : "")} --why …` lets them go");
}

/// <summary>The state of the line at a glance.</summary>
public sealed record StatusReport(
    int Studies, int StudiesOpen, int StudiesUnassessed, DateTime? UnassessedSince, int Images, int ImagesAwaiting,
    IReadOnlyList<BacklogLine> Backlog, IReadOnlyList<StuckLine> Stuck, int ReportsWithoutDestination, IReadOnlyList<string> Stages,
    IReadOnlyList<SpoolProblemLine> SpoolProblems)
{
    /// <summary>Needs a look at the disk; null where nobody looked.</summary>
    public RetentionLine? Retention { get; init; }

    /// <summary>What was left out without a reason: none, at any moment.</summary>
    public IReadOnlyList<DefectLine> Defects { get; init; } = [];

    /// <summary>What was announced and did not come, and who takes nothing although something waits.</summary>
    public IReadOnlyList<AbsentLine> Absent { get; init; } = [];

    /// <summary>From the last image to each step over the last day, by tier.</summary>
    public IReadOnlyList<TimeToFlagLine> TimeToFlag { get; init; } = [];

    /// <summary>What waits too long for a promise of its PACS.</summary>
    public IReadOnlyList<UncommittedLine> Uncommitted { get; init; } = [];
    /// <summary>Studies of which it is in doubt whose they are.</summary>
    public IReadOnlyList<DoubtLine> Doubts { get; init; } = [];

    /// <summary>Since when a person has stopped which messages about priority; empty while they go out.</summary>
    public IReadOnlyList<MessagesStoppedLine> MessagesStopped { get; init; } = [];

    /// <summary>How much of its budget each package that has one has used.</summary>
    public IReadOnlyList<FlagBudgetLine> FlagBudgets { get; init; } = [];

    /// <summary>True when nothing needs a person.</summary>
    public bool IsWell => Defects.Count == 0 && Absent.Count == 0 && Stuck.Count == 0 && Uncommitted.Count == 0 && Doubts.Count == 0 && ReportsWithoutDestination == 0 && SpoolProblems.Count == 0 && (Retention is null || Retention.Kept.Count == 0);
}

/// <summary>What is stuck, since when, which studies, what to do next.</summary>
public static class StatusQuery
{
    /// <param name="now">UTC; what is due before it counts as waiting.</param>
    public static async Task<StatusReport> RunAsync(RecordsDatabase database, DateTime now, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var work = await context.Work.AsNoTracking().Where(w => w.State != WorkStates.Done && w.State != WorkStates.Cancelled).ToListAsync(cancellation);
        var unassessed = context.Studies.Where(s => s.State == StudyStates.Complete && !context.Results.Any(r => r.StudyId == s.Id && r.Probability != null && r.WithdrawnAt == null));
        var stuck = new List<StuckLine>();
        foreach (var row in work.Where(w => w.State == WorkStates.Parked).OrderBy(w => w.ChangedAt))
        {
            stuck.Add(new StuckLine(row.Id, row.Kind, await StudyOfAsync(context, row, cancellation), row.ReasonCode ?? "", row.ReasonDetail, row.Attempts, row.ChangedAt,
                $"mend the cause, then `work retry {row.Id}`; or `work discard {row.Id} --reason …`"));
        }

        return new StatusReport(
            await context.Studies.CountAsync(cancellation),
            await context.Studies.CountAsync(s => s.State == StudyStates.Open, cancellation),
            await unassessed.CountAsync(cancellation),
            await unassessed.MinAsync(s => (DateTime?)s.FirstReceivedAt, cancellation),
            await context.Instances.CountAsync(i => i.IsCurrent, cancellation),
            await context.Instances.CountAsync(i => i.IsCurrent && i.Outcome == null, cancellation),
            [.. WorkKinds.All.Select(kind =>
            {
                var mine = work.Where(w => w.Kind == kind).ToList();
                return new BacklogLine(kind, mine.Count(w => w.State == WorkStates.Ready), mine.Count(w => w.State == WorkStates.Leased), mine.Count(w => w.State == WorkStates.Parked),
                    mine.Where(w => w.State == WorkStates.Ready && w.NotBefore <= now).Select(w => (DateTime?)w.NotBefore).Min());
            })],
            stuck,
            await context.Reports.CountAsync(r => !context.Deliveries.Any(d => d.Report!.ResultId == r.ResultId), cancellation),
            [.. (await context.Models.AsNoTracking().ToListAsync(cancellation)).OrderBy(m => m.ModelId, StringComparer.Ordinal)
                .Select(m => $"{m.ModelId} {m.Version} ({m.Identity[..12]}): {m.Stage} since {m.StageSince:yyyy-MM-dd HH:mm}Z{(m.SuspendedAt is { } at ? $"; {(m.RecalledAt is null ? "suspended" : "recalled")} since {at:yyyy-MM-dd HH:mm}Z: {m.SuspendedWhy}" : "")}")],
            [.. (await context.SpoolProblems.AsNoTracking().OrderBy(p => p.At).ThenBy(p => p.Location).ToListAsync(cancellation)).Select(p => new SpoolProblemLine(p.Location, p.Reason, p.At,
                $"copy it out with `spool export --to FOLDER`, look, send it again where it belongs; then `spool discard {p.Location} --reason …`"))])
        {
            Uncommitted = await UncommittedAsync(context, now, cancellation),
            Doubts = await DoubtQuery.RunAsync(database, cancellation),
            FlagBudgets = await FlagBudgetQuery.RunAsync(database, now, cancellation),
            MessagesStopped = await MessagesStoppedAsync(database, cancellation),
        };
    }

    /// <summary>
    /// A question whose time ran out is asked again for ever; that the first went unanswered is what a person must know, and as well that
    /// the PACS could not even be asked for a day.
    /// </summary>
    private static async Task<IReadOnlyList<UncommittedLine>> UncommittedAsync(RecordsContext context, DateTime now, CancellationToken cancellation)
    {
        var yesterday = now - TimeSpan.FromDays(1);
        var late = await context.Deliveries
            .Where(d => (d.Commitment == CommitmentStates.Due || d.Commitment == CommitmentStates.Asked)
                && ((d.Commitment == CommitmentStates.Due && d.StoredAt < yesterday) || context.CommitmentRequests.Any(r => r.DeliveryId == d.Id && r.State == CommitmentRequestStates.Expired)))
            .Select(d => new { d.Destination, Since = d.StoredAt ?? d.CreatedAt, d.Report!.Result!.Study!.StudyInstanceUid }).ToListAsync(cancellation);
        return
        [
            .. late.GroupBy(d => d.Destination).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new UncommittedLine(
                g.Key, g.Count(), g.Min(d => d.Since), [.. g.Select(d => d.StudyInstanceUid).Distinct().Order(StringComparer.Ordinal)],
                $"let {g.Key} report storage commitment to our AE title, address and port; or set StorageCommitment of that destination to false; or give it up with `destination retire {g.Key} --reason …`")),
        ];
    }

    /// <summary>The banner that stands wherever people look at priorities.</summary>
    public static async Task<IReadOnlyList<MessagesStoppedLine>> MessagesStoppedAsync(RecordsDatabase database, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var lines = new List<MessagesStoppedLine>();
        foreach (var stop in await StopStore.AllAsync(context, cancellation))
        {
            lines.Add(new MessagesStoppedLine(stop.Since, stop.Messages, stop.ModelId, stop.Channel, stop.Why, stop.Actor, await StopStore.HeldBackAsync(context, stop, cancellation)));
        }

        return lines;
    }

    private static async Task<string?> StudyOfAsync(RecordsContext context, WorkRow work, CancellationToken cancellation) => work.Kind switch
    {
        WorkKinds.Score => await context.Instances.Where(i => i.Id == work.Subject).Select(i => i.Study!.StudyInstanceUid).SingleOrDefaultAsync(cancellation),
        WorkKinds.Study or WorkKinds.Flag or WorkKinds.Notify or WorkKinds.Identity => await context.Studies.Where(s => s.Id == work.Subject).Select(s => s.StudyInstanceUid).SingleOrDefaultAsync(cancellation),
        WorkKinds.Report or WorkKinds.Explain => await context.Results.Where(r => r.Id == work.Subject).Select(r => r.Study!.StudyInstanceUid).SingleOrDefaultAsync(cancellation),
        WorkKinds.Deliver or WorkKinds.Commit => await context.Deliveries.Where(d => d.Id == work.Subject).Select(d => d.Report!.Result!.Study!.StudyInstanceUid).SingleOrDefaultAsync(cancellation),
        _ => null,
    };
}
