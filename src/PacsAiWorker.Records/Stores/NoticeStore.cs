using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Standing;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>One model's verdict as a message tells it.</summary>
/// <param name="ReportUid">SOP Instance UID of its report; null while there is none.</param>
public sealed record NoticeResult(ResultRow Result, ModelRow Model, string? ReportUid);

/// <summary>One model's highest positive image in a study that is not decided yet.</summary>
public sealed record EarlyFinding(ScoreRow Score, ModelRow Model);

/// <summary>A package that would have raised a study to this priority, had no person suspended it, stopped its messages, or lowered what it found.</summary>
/// <param name="Stop">Of its messages; null where that is not why.</param>
public sealed record WithheldRise(ModelRow Model, string Priority, MessageStopRow? Stop = null);

/// <summary>What raised a study to this priority and holds no more, for an image of it was rejected or corrected.</summary>
/// <param name="Why">In words.</param>
public sealed record WithdrawnRise(string Priority, string Why);

/// <summary>All that the rule and the message look at.</summary>
/// <param name="Images">Current ones whose bytes are kept.</param>
/// <param name="Results">The latest of each package that may prioritise and is not suspended; none that was withdrawn or that a person lowered.</param>
/// <param name="Early">Of packages that may prioritise, are not suspended and have no result on this revision; none that a person lowered.</param>
/// <param name="Notices">Of all rises of the study, over the channel of the work.</param>
/// <param name="OthersRunning">Another notice of this study is being sent right now over that channel.</param>
public sealed record NoticePicture(
    StudyRow Study, PatientIdentityRow? Identity, ReconciledIdentityRow? Reconciled, IReadOnlyList<InstanceRow> Images,
    IReadOnlyList<NoticeResult> Results, IReadOnlyList<EarlyFinding> Early, IReadOnlyList<PriorityNoticeRow> Notices,
    OrderContextRow? Order, MessageStopRow? Stop, bool OthersRunning)
{
    /// <summary>What suspended packages found.</summary>
    public IReadOnlyList<WithheldRise> Withheld { get; init; } = [];

    /// <summary>What was said of images that are out of use.</summary>
    public IReadOnlyList<WithdrawnRise> Withdrawn { get; init; } = [];

    /// <summary>Identity digests of all current images, kept or not.</summary>
    public IReadOnlyList<string> IdentityDigests { get; init; } = [];

    /// <summary>What would have raised the study, had no person lowered all of it.</summary>
    public IReadOnlyList<WithheldRise> Lowered { get; init; } = [];

    /// <summary>What people decided about its priority, oldest first.</summary>
    public IReadOnlyList<PriorityOverrideRow> Overrides { get; init; } = [];

    /// <summary>A person's raise that was not taken back, to this priority.</summary>
    public PriorityOverrideRow? RaiseTo(string priority) => Overrides.LastOrDefault(o => o is { Action: OverrideActions.Raise, EndedAt: null } && o.Priority == priority);

    /// <summary>Who the patient is is in doubt: nothing leaves.</summary>
    public bool IsHeld { get; init; }

    public PriorityNoticeRow? Of(string priority) => Notices.FirstOrDefault(n => n.Priority == priority);
}

/// <summary>What Worklist reads and writes about notices.</summary>
public sealed class NoticeStore(RecordsDatabase database)
{
    /// <summary>A receiver may be away for days; until the study is too old to matter its notice is never given up by itself.</summary>
    private const int NoLimit = int.MaxValue;

    /// <param name="work">The notice's own work.</param>
    public async Task<NoticePicture> ReadAsync(WorkRow work, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var channel = NoticeChannels.Of(work.DedupeKey);
        var study = await context.Studies.AsNoTracking().SingleAsync(s => s.Id == work.Subject, cancellation);
        var identity = await context.Identities.AsNoTracking().SingleOrDefaultAsync(i => i.StudyId == study.Id, cancellation);
        var digest = string.IsNullOrWhiteSpace(identity?.AccessionNumber) ? null : OrderContextRow.DigestOf(identity.AccessionNumber);
        var all = await context.Results.AsNoTracking().Where(r => r.StudyId == study.Id && r.Stage == ModelStages.Prioritise).ToListAsync(cancellation);
        var results = all.FindAll(r => r is { WithdrawnAt: null, Withdraws: null });
        List<ResultRow> latest = [.. results.GroupBy(r => r.ModelIdentity).Select(g => g.MaxBy(r => r.Revision)!).OrderBy(r => r.ModelId, StringComparer.Ordinal).ThenBy(r => r.ModelIdentity, StringComparer.Ordinal)];
        var decided = results.Where(r => r.Revision == study.Revision).Select(r => r.ModelIdentity).ToList();
        // Once it is decided nothing is early any more: what has no verdict then was withdrawn.
        var scores = study.State != StudyStates.Open ? [] : await context.Scores.AsNoTracking().Where(s => s.StudyId == study.Id && s.IsPositive && s.Instance!.IsCurrent && !decided.Contains(s.ModelIdentity)).ToListAsync(cancellation);
        var identities = latest.Select(r => r.ModelIdentity).Concat(scores.Select(s => s.ModelIdentity)).Distinct().ToList();
        var models = await context.Models.AsNoTracking().Where(m => identities.Contains(m.Identity)).ToDictionaryAsync(m => m.Identity, cancellation);
        var keys = latest.Select(r => r.Id).ToList();
        // A result may be reported in several SOP classes: named is the one that a PACS has, else the first.
        var reports = (await context.Reports.AsNoTracking().Where(r => keys.Contains(r.ResultId))
            .OrderByDescending(r => context.Deliveries.Any(d => d.ReportId == r.Id && d.State == DeliveryStates.Stored)).ThenBy(r => r.CreatedAt).ThenByDescending(r => r.SopClassUid)
            .Select(r => new { r.ResultId, r.SopInstanceUid }).ToListAsync(cancellation)).ToLookup(r => r.ResultId, r => r.SopInstanceUid);
        List<NoticeResult> said = [.. latest.Select(r => new NoticeResult(r, models[r.ModelIdentity], reports[r.Id].FirstOrDefault()))];
        List<EarlyFinding> early =
        [
            .. scores.GroupBy(s => s.ModelIdentity).Select(g => g.OrderByDescending(s => s.PositiveProbability).ThenBy(s => s.Id).First())
                .Select(s => new EarlyFinding(s, models[s.ModelIdentity])).Where(e => e.Model is { Stage: ModelStages.Prioritise, Aggregation: "max" }).OrderBy(e => e.Model.ModelId, StringComparer.Ordinal),
        ];
        var overrides = await context.Overrides.AsNoTracking().Where(o => o.StudyId == study.Id).OrderBy(o => o.At).ToListAsync(cancellation);
        var lowered = Lowerings.Of(overrides);
        var flagged = lowered.Count == 0 ? [] : await context.Scores.AsNoTracking().Where(s => s.StudyId == study.Id && s.IsPositive && s.Instance!.IsCurrent).ToListAsync(cancellation);
        var came = lowered.Count == 0 ? [] : await context.Instances.Where(i => i.StudyId == study.Id).ToDictionaryAsync(i => i.Id, i => i.ReceivedAt, cancellation);
        bool IsLowered(ModelRow model) => lowered.Count > 0
            && !new StudyVoice(model.ModelId, Findings.Of(model, flagged.Where(s => s.ModelIdentity == model.Identity), came), model.PositivePriority, "").Counts(lowered);
        var stops = await StopStore.AllAsync(context, cancellation);
        MessageStopRow? StopOf(ModelRow model) => stops.FirstOrDefault(s => s.ModelId == model.ModelId);
        bool IsSilenced(ModelRow model) => model.SuspendedAt is not null || StopOf(model) is not null;
        return new NoticePicture(study, identity,
            await context.Reconciled.AsNoTracking().SingleOrDefaultAsync(r => r.StudyId == study.Id, cancellation),
            await context.Instances.AsNoTracking().Where(i => i.StudyId == study.Id && i.IsCurrent && i.PurgedAt == null).OrderBy(i => i.ReceivedAt).ThenBy(i => i.SopInstanceUid).ToListAsync(cancellation),
            [.. said.Where(r => !IsSilenced(r.Model) && !(r.Result.IsPositive && IsLowered(r.Model)))],
            [.. early.Where(e => !IsSilenced(e.Model) && !IsLowered(e.Model))],
            await context.Notices.AsNoTracking().Where(n => n.StudyId == study.Id && n.Channel == channel).ToListAsync(cancellation),
            digest is null ? null : await context.Orders.AsNoTracking().SingleOrDefaultAsync(o => o.AccessionDigest == digest, cancellation),
            stops.FirstOrDefault(s => s.ModelId.Length == 0 && (s.Channel.Length == 0 || s.Channel == channel)),
            await context.Work.AnyAsync(w => w.Kind == WorkKinds.Notify && w.Subject == study.Id && w.Id != work.Id && w.State == WorkStates.Leased && w.DedupeKey.Contains(":ups:") == (channel == NoticeChannels.Ups), cancellation))
        {
            Withheld =
            [
                .. said.Where(r => IsSilenced(r.Model)).Select(r => new WithheldRise(r.Model, r.Result.Priority, StopOf(r.Model))),
                .. early.Where(e => IsSilenced(e.Model)).Select(e => new WithheldRise(e.Model, e.Model.PositivePriority, StopOf(e.Model))),
            ],
            Lowered =
            [
                .. said.Where(r => !IsSilenced(r.Model) && r.Result.IsPositive && IsLowered(r.Model)).Select(r => new WithheldRise(r.Model, r.Result.Priority)),
                .. early.Where(e => !IsSilenced(e.Model) && IsLowered(e.Model)).Select(e => new WithheldRise(e.Model, e.Model.PositivePriority)),
            ],
            Withdrawn =
            [
                .. all.Where(r => r is { WithdrawnAt: not null, IsPositive: true }).Select(r => new WithdrawnRise(r.Priority, r.WithdrawnWhy)),
                .. await FlaggedOnceAsync(context, study.Id, cancellation),
            ],
            Overrides = overrides,
            IsHeld = await context.Holds.AnyAsync(h => h.StudyId == study.Id && h.EndedAt == null && h.Destination == "", cancellation),
            IdentityDigests = await context.Instances.Where(i => i.StudyId == study.Id && i.IsCurrent).Select(i => i.IdentityDigest).Distinct().ToListAsync(cancellation),
        };
    }

    /// <summary>What was flagged early, before any result, of images that are out of use now.</summary>
    private static async Task<IEnumerable<WithdrawnRise>> FlaggedOnceAsync(RecordsContext context, Guid study, CancellationToken cancellation)
    {
        var flags = await (from score in context.Scores
                           join model in context.Models on score.ModelIdentity equals model.Identity
                           where score.StudyId == study && score.IsPositive && model.Stage == ModelStages.Prioritise && model.Aggregation == "max"
                               && (score.Instance!.SetAside == SetAsides.Rejected || score.Instance.SetAside == SetAsides.Replaced)
                           select new { model.PositivePriority, score.Instance!.SetAside }).Distinct().ToListAsync(cancellation);
        return flags.Select(f => new WithdrawnRise(f.PositivePriority, f.SetAside == SetAsides.Rejected ? "an image was rejected" : "an image was corrected"));
    }

    /// <summary>Messages of a study that nobody took yet say what holds no more: each is written anew before it leaves.</summary>
    internal static Task<int> ForgetMessagesAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation) =>
        // The control id stays: the next message takes the one after it.
        transaction.Context.Notices.Where(n => n.StudyId == study && n.State != NoticeStates.Acknowledged && n.Message != null)
            .ExecuteUpdateAsync(s => s.SetProperty(n => n.Message, (byte[]?)null), cancellation);

    /// <summary>The work that tells a rise; one a study, channel and priority, see <see cref="PriorityNoticeRow"/>.</summary>
    /// <param name="priority">TP1 to TP3.</param>
    public static NewWork WorkOf(StudyRow study, string priority, string channel = NoticeChannels.Hl7) =>
        new(WorkKinds.Notify, NoticeChannels.KeyOf(study.Id, channel, priority), study.Id, study.Tier, MaxAttempts: NoLimit);

    /// <summary>Queues notices where they are not queued yet.</summary>
    /// <param name="again">Those that were done are looked at again.</param>
    public Task QueueAsync(IEnumerable<NewWork> notices, bool again, WorkTable work, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        foreach (var notice in notices)
        {
            await (again ? work.EnqueueAgainAsync(transaction, notice, cancellation) : work.EnqueueAsync(transaction, notice, cancellation));
        }
    }, cancellation);

    /// <summary>Keeps a message before it leaves, so that every attempt sends the same; gives the notice as it stands, which may be an earlier one.</summary>
    /// <param name="replaced">Control id of the message that it takes the place of; null: it is kept only where there is none.</param>
    public Task<PriorityNoticeRow> PrepareAsync(PriorityNoticeRow notice, string? replaced, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var context = transaction.Context;
        var row = await context.Notices.SingleOrDefaultAsync(n => n.StudyId == notice.StudyId && n.Channel == notice.Channel && n.Priority == notice.Priority, cancellation);
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
        var row = await transaction.Context.Notices.SingleOrDefaultAsync(n => n.StudyId == fresh.StudyId && n.Channel == fresh.Channel && n.Priority == fresh.Priority, cancellation);
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
                SELECT {transaction.Database.KeyText("study_id")} || CASE WHEN channel = 'hl7' THEN ':' ELSE ':' || channel || ':' END || priority FROM priority_notice WHERE state = 'silent' AND {which})
            """, values, cancellation);
}
