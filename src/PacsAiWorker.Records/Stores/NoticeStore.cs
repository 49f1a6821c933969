using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>One model's verdict as a message tells it.</summary>
/// <param name="ReportUid">SOP Instance UID of its report; null while there is none.</param>
public sealed record NoticeResult(ResultRow Result, ModelRow Model, string? ReportUid);

/// <summary>One model's highest positive image in a study that is not decided yet.</summary>
public sealed record EarlyFinding(ScoreRow Score, ModelRow Model);

/// <summary>A package that would have raised a study to this priority, had no person suspended it.</summary>
public sealed record WithheldRise(ModelRow Model, string Priority);

/// <summary>All that the rule and the message look at.</summary>
/// <param name="Images">Current ones whose bytes are kept.</param>
/// <param name="Results">The latest of each package that may prioritise and is not suspended.</param>
/// <param name="Early">Of packages that may prioritise, are not suspended and have no result on this revision.</param>
/// <param name="Notices">Of all rises of the study.</param>
/// <param name="OthersRunning">Another notice of this study is being sent right now.</param>
public sealed record NoticePicture(
    StudyRow Study, PatientIdentityRow? Identity, ReconciledIdentityRow? Reconciled, IReadOnlyList<InstanceRow> Images,
    IReadOnlyList<NoticeResult> Results, IReadOnlyList<EarlyFinding> Early, IReadOnlyList<PriorityNoticeRow> Notices,
    OrderContextRow? Order, MessageStopRow? Stop, bool OthersRunning)
{
    /// <summary>What suspended packages found.</summary>
    public IReadOnlyList<WithheldRise> Withheld { get; init; } = [];

    /// <summary>Identity digests of all current images, kept or not.</summary>
    public IReadOnlyList<string> IdentityDigests { get; init; } = [];

    public PriorityNoticeRow? Of(string priority) => Notices.FirstOrDefault(n => n.Priority == priority);
}

/// <summary>What Worklist reads and writes about notices.</summary>
public sealed class NoticeStore(RecordsDatabase database)
{
    /// <param name="work">The notice's own work.</param>
    public async Task<NoticePicture> ReadAsync(WorkRow work, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var study = await context.Studies.AsNoTracking().SingleAsync(s => s.Id == work.Subject, cancellation);
        var identity = await context.Identities.AsNoTracking().SingleOrDefaultAsync(i => i.StudyId == study.Id, cancellation);
        var digest = string.IsNullOrWhiteSpace(identity?.AccessionNumber) ? null : OrderContextRow.DigestOf(identity.AccessionNumber);
        var results = await context.Results.AsNoTracking().Where(r => r.StudyId == study.Id && r.Stage == ModelStages.Prioritise).ToListAsync(cancellation);
        List<ResultRow> latest = [.. results.GroupBy(r => r.ModelIdentity).Select(g => g.MaxBy(r => r.Revision)!).OrderBy(r => r.ModelId, StringComparer.Ordinal).ThenBy(r => r.ModelIdentity, StringComparer.Ordinal)];
        var decided = results.Where(r => r.Revision == study.Revision).Select(r => r.ModelIdentity).ToList();
        var scores = await context.Scores.AsNoTracking().Where(s => s.StudyId == study.Id && s.IsPositive && s.Instance!.IsCurrent && !decided.Contains(s.ModelIdentity)).ToListAsync(cancellation);
        var identities = latest.Select(r => r.ModelIdentity).Concat(scores.Select(s => s.ModelIdentity)).Distinct().ToList();
        var models = await context.Models.AsNoTracking().Where(m => identities.Contains(m.Identity)).ToDictionaryAsync(m => m.Identity, cancellation);
        var keys = latest.Select(r => r.Id).ToList();
        var reports = await context.Reports.AsNoTracking().Where(r => keys.Contains(r.ResultId)).ToDictionaryAsync(r => r.ResultId, r => r.SopInstanceUid, cancellation);
        List<NoticeResult> said = [.. latest.Select(r => new NoticeResult(r, models[r.ModelIdentity], reports.GetValueOrDefault(r.Id)))];
        List<EarlyFinding> early =
        [
            .. scores.GroupBy(s => s.ModelIdentity).Select(g => g.OrderByDescending(s => s.PositiveProbability).ThenBy(s => s.Id).First())
                .Select(s => new EarlyFinding(s, models[s.ModelIdentity])).Where(e => e.Model is { Stage: ModelStages.Prioritise, Aggregation: "max" }).OrderBy(e => e.Model.ModelId, StringComparer.Ordinal),
        ];
        return new NoticePicture(study, identity,
            await context.Reconciled.AsNoTracking().SingleOrDefaultAsync(r => r.StudyId == study.Id, cancellation),
            await context.Instances.AsNoTracking().Where(i => i.StudyId == study.Id && i.IsCurrent && i.PurgedAt == null).OrderBy(i => i.ReceivedAt).ThenBy(i => i.SopInstanceUid).ToListAsync(cancellation),
            [.. said.Where(r => r.Model.SuspendedAt is null)],
            [.. early.Where(e => e.Model.SuspendedAt is null)],
            await context.Notices.AsNoTracking().Where(n => n.StudyId == study.Id).ToListAsync(cancellation),
            digest is null ? null : await context.Orders.AsNoTracking().SingleOrDefaultAsync(o => o.AccessionDigest == digest, cancellation),
            await StopStore.CurrentAsync(context, cancellation),
            await context.Work.AnyAsync(w => w.Kind == WorkKinds.Notify && w.Subject == study.Id && w.Id != work.Id && w.State == WorkStates.Leased, cancellation))
        {
            Withheld =
            [
                .. said.Where(r => r.Model.SuspendedAt is not null).Select(r => new WithheldRise(r.Model, r.Result.Priority)),
                .. early.Where(e => e.Model.SuspendedAt is not null).Select(e => new WithheldRise(e.Model, e.Model.PositivePriority)),
            ],
            IdentityDigests = await context.Instances.Where(i => i.StudyId == study.Id && i.IsCurrent).Select(i => i.IdentityDigest).Distinct().ToListAsync(cancellation),
        };
    }

    /// <summary>Keeps a message before it leaves, so that every attempt sends the same; gives the notice as it stands, which may be an earlier one.</summary>
    /// <param name="replaced">Control id of the message that it takes the place of; null: it is kept only where there is none.</param>
    public Task<PriorityNoticeRow> PrepareAsync(PriorityNoticeRow notice, string? replaced, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var context = transaction.Context;
        var row = await context.Notices.SingleOrDefaultAsync(n => n.StudyId == notice.StudyId && n.Priority == notice.Priority, cancellation);
        if (row?.Message is not null && row.ControlId != replaced)
        {
            return row;
        }

        if (row is null)
        {
            context.Notices.Add(row = notice);
        }

        (row.State, row.ReasonCode, row.Reason, row.Revision) = (NoticeStates.Pending, "", "", notice.Revision);
        (row.Letter, row.ExistingPriority, row.ControlId, row.Message, row.ChangedAt) = (notice.Letter, notice.ExistingPriority, notice.ControlId, notice.Message, notice.ChangedAt);
        row.Refusals = 0;
        await context.SaveChangesAsync(cancellation);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("priority message", $"study:{row.StudyId}", row.StudyId,
            new { row.Priority, row.Letter, existing = row.ExistingPriority, row.ControlId, bytes = row.Message!.Length })], notice.ChangedAt, cancellation);
        return row;
    }, cancellation);

    /// <summary>Writes down what became of a notice.</summary>
    /// <param name="fresh">The row where there is none yet.</param>
    public static async Task<PriorityNoticeRow> WriteAsync(RecordsTransaction transaction, PriorityNoticeRow fresh, Action<PriorityNoticeRow> change, CancellationToken cancellation)
    {
        var row = await transaction.Context.Notices.SingleOrDefaultAsync(n => n.StudyId == fresh.StudyId && n.Priority == fresh.Priority, cancellation);
        if (row is null)
        {
            transaction.Context.Notices.Add(row = fresh);
        }

        change(row);
        await transaction.Context.SaveChangesAsync(cancellation);
        return row;
    }

    /// <summary>Notices of a study that was decided are looked at again, see <see cref="LookAgainAsync(RecordsTransaction, string, IReadOnlyList{object}, CancellationToken)"/>.</summary>
    public static Task<int> LookAgainAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation) =>
        LookAgainAsync(transaction, "study_id = {0}", [study], cancellation);

    /// <summary>Notices that a rule kept back are looked at again: what held them may have gone. One that was refused or taken stays.</summary>
    /// <param name="which">Condition on the notices.</param>
    internal static Task<int> LookAgainAsync(RecordsTransaction transaction, string which, IReadOnlyList<object> values, CancellationToken cancellation) =>
        transaction.Context.Database.ExecuteSqlRawAsync(
            $"""
            UPDATE work SET state = 'ready', attempts = 0, not_before = {transaction.Database.Now}, reason_code = NULL, reason_detail = NULL, changed_at = {transaction.Database.Now}
            WHERE kind = 'notify' AND state = 'done' AND dedupe_key IN (
                SELECT {transaction.Database.KeyText("study_id")} || ':' || priority FROM priority_notice WHERE state = 'silent' AND {which})
            """, values, cancellation);
}
