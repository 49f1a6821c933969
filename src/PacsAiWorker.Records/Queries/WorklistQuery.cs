using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>One study on the reading list, in words that people read.</summary>
public sealed record WorklistEntry(
    int Place, Guid StudyKey, string StudyInstanceUid, string? PatientId, string? AccessionNumber, string? StudyDescription, string Site, string CallingAe,
    string Priority, string PriorityMeaning, string Reason, string State, int Revision,
    DateTime ReceivedAt, DateTime LastImageAt, DateTime? CompletedAt, DateTime? FlaggedAt,
    int ImagesReceived, int ImagesScored, IReadOnlyDictionary<string, int> NotScored, IReadOnlyList<WorklistResult> Results)
{
    /// <summary>What the information system was told of each rise, or why it was told nothing.</summary>
    public IReadOnlyList<WorklistNotice> Notices { get; init; } = [];

    /// <summary>What the information system told of the order; null while it told nothing.</summary>
    public WorklistOrder? Order { get; init; }

    /// <summary>Of the patient, as the images or the information system have it.</summary>
    public string? PatientName { get; init; }

    /// <summary>When it was read and who said so; null while nobody has.</summary>
    public DateTime? ReadAt { get; init; }
    public string ReadBy { get; init; } = "";

    /// <summary>Read, and no image has come since.</summary>
    public bool IsRead { get; init; }

    /// <summary>Who has opened what the models say of it, first to last.</summary>
    public IReadOnlyList<string> OpenedBy { get; init; } = [];

    /// <summary>Why results of it wait here, a sentence each; empty where none does.</summary>
    public IReadOnlyList<string> Held { get; init; } = [];

    /// <summary>What stands beside its images and is not in use, a sentence each.</summary>
    public IReadOnlyList<string> Aside { get; init; } = [];

    /// <summary>Message that reconciled the patient's identity, for example <c>ADT^A40</c>; null while that of the images holds.</summary>
    public string? IdentityFrom { get; init; }

    /// <summary>How long its steps took; null while no image is in use.</summary>
    public TimeToFlag? Times { get; init; }

    /// <summary>What people decided about its priority, oldest first.</summary>
    public IReadOnlyList<WorklistOverride> Overrides { get; init; } = [];
}

/// <summary>A person's word about the priority of one study.</summary>
/// <param name="Action"><c>lower</c> or <c>raise</c>.</param>
/// <param name="Finding">Of a lowering: class of the package that no longer counts.</param>
/// <param name="Priority">Of a raise: to; of a lowering: from.</param>
public sealed record WorklistOverride(string Action, string ModelId, string Finding, string Priority, string Why, string By, DateTime At, DateTime? EndedAt);

/// <summary>One rise and its message.</summary>
/// <param name="Reason">Why nothing was sent; empty for what goes out.</param>
/// <param name="Channel"><c>hl7</c> or <c>ups</c>.</param>
public sealed record WorklistNotice(
    string Priority, string State, string Reason, string Letter, string? ControlId, int Attempts, string Answer, DateTime? SentAt, DateTime? AcknowledgedAt, string Channel);

/// <summary>What is known of an order, each with source and time; empty where nobody said.</summary>
public sealed record WorklistOrder(
    string Priority, string PrioritySource, DateTime? PriorityAt, string Status, string StatusSource, DateTime? StatusAt, string ReadState, string ReadSource, DateTime? ReadAt);

/// <summary>What one model said of the study, with its report.</summary>
public sealed record WorklistResult(
    string ModelId, string ModelVersion, string Stage, int Revision, double? Probability, bool IsPositive, string Sentence,
    string? ReportSopInstanceUid, IReadOnlyList<WorklistDelivery> Deliveries)
{
    /// <summary>Why it holds no more; empty while it does.</summary>
    public string Withdrawn { get; init; } = "";
}

/// <summary>Where a report stands.</summary>
/// <param name="SopInstanceUid">Of the report as this destination takes it.</param>
public sealed record WorklistDelivery(string Destination, string State, string? Status, DateTime? StoredAt, string Commitment, DateTime? CommittedAt, string SopInstanceUid)
{
    internal static WorklistDelivery Of(DeliveryRow d, string sopInstanceUid) =>
        new(d.Destination, d.State, d.Status is { } s ? $"{s:X4}H" : null, d.StoredAt, d.Commitment, d.CommittedAt, sopInstanceUid);
}

/// <summary>The reading list in its order: priority first, then who waits longest. Nothing is ever left out.</summary>
public static class WorklistQuery
{
    public static Task<IReadOnlyList<WorklistEntry>> RunAsync(RecordsDatabase database, int limit, CancellationToken cancellation) =>
        RunAsync(database, new WorklistFilter { Limit = limit }, cancellation);

    public static async Task<IReadOnlyList<WorklistEntry>> RunAsync(RecordsDatabase database, WorklistFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var wanted = filter.Apply(context);
        var shown = await Order(wanted).Skip(filter.Skip).Take(filter.Limit).ToListAsync(cancellation);
        return await EntriesAsync(context, shown, filter.Skip, cancellation);
    }

    /// <summary>How many studies a filter lets through.</summary>
    public static async Task<int> CountAsync(RecordsDatabase database, WorklistFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await filter.Apply(context).CountAsync(cancellation);
    }

    /// <param name="before">Studies that stand before the first of these.</param>
    internal static async Task<IReadOnlyList<WorklistEntry>> EntriesAsync(RecordsContext context, IReadOnlyList<StudyRow> shown, int before, CancellationToken cancellation)
    {
        var ids = shown.Select(s => s.Id).ToList();
        var identities = await context.Identities.AsNoTracking().Where(i => ids.Contains(i.StudyId)).ToDictionaryAsync(i => i.StudyId, cancellation);
        var images = (await context.Instances.AsNoTracking().Where(i => ids.Contains(i.StudyId) && i.IsCurrent)
            .Select(i => new { i.StudyId, i.Outcome, i.OutcomeReason, i.ReceivedAt, i.OutcomeAt }).ToListAsync(cancellation)).ToLookup(i => i.StudyId);
        var aside = (await context.Instances.AsNoTracking().Where(i => ids.Contains(i.StudyId) && !i.IsCurrent)
            .Select(i => new AsideImage(i.StudyId, i.SetAside, context.Instances.Where(o => o.Id == i.CopyOf).Select(o => o.Study!.StudyInstanceUid).FirstOrDefault())).ToListAsync(cancellation)).ToLookup(i => i.Study);
        var holds = (await context.Holds.AsNoTracking().Where(h => ids.Contains(h.StudyId) && h.EndedAt == null).ToListAsync(cancellation)).ToLookup(h => h.StudyId);
        var results = (await context.Results.AsNoTracking().Where(r => ids.Contains(r.StudyId)).ToListAsync(cancellation)).ToLookup(r => r.StudyId);
        var reports = (await context.Reports.AsNoTracking().Where(r => ids.Contains(r.Result!.StudyId))
            .OrderBy(r => r.CreatedAt).ThenByDescending(r => r.SopClassUid).Select(r => new { r.Id, r.ResultId, r.SopInstanceUid }).ToListAsync(cancellation)).ToLookup(r => r.ResultId);
        var deliveries = (await context.Deliveries.AsNoTracking().Where(d => ids.Contains(d.Report!.Result!.StudyId)).ToListAsync(cancellation)).ToLookup(d => d.ReportId);
        var notices = (await context.Notices.AsNoTracking().Where(n => ids.Contains(n.StudyId)).ToListAsync(cancellation)).ToLookup(n => n.StudyId);
        var opened = (await context.StudiesOpened.AsNoTracking().Where(o => ids.Contains(o.StudyId)).ToListAsync(cancellation)).ToLookup(o => o.StudyId);
        var overrides = (await context.Overrides.AsNoTracking().Where(o => ids.Contains(o.StudyId)).OrderBy(o => o.At).ToListAsync(cancellation)).ToLookup(o => o.StudyId);
        var reconciled = await context.Reconciled.AsNoTracking().Where(r => ids.Contains(r.StudyId)).ToDictionaryAsync(r => r.StudyId, cancellation);
        var keys = identities.Values.Where(i => !string.IsNullOrWhiteSpace(i.AccessionNumber)).ToDictionary(i => i.StudyId, i => OrderContextRow.DigestOf(i.AccessionNumber!));
        var digests = keys.Values.Distinct().ToList();
        var orders = await context.Orders.AsNoTracking().Where(o => digests.Contains(o.AccessionDigest)).ToDictionaryAsync(o => o.AccessionDigest, cancellation);
        return [.. shown.Select((study, place) =>
        {
            var identity = identities.GetValueOrDefault(study.Id);
            var mine = images[study.Id].ToList();
            var held = holds[study.Id].Select(h => h.Text).Order(StringComparer.Ordinal).ToList();
            var besides = AsideWords.Of(study.StudyInstanceUid, mine.Count, aside[study.Id]);
            return new WorklistEntry(
                before + place + 1, study.Id, study.StudyInstanceUid, reconciled.GetValueOrDefault(study.Id)?.PatientId ?? identity?.PatientId, identity?.AccessionNumber, identity?.StudyDescription, study.Site, study.CallingAe,
                study.Priority, Priorities.Meaning(study.Priority), string.Join("; ", [.. held, Reason(study, mine.Count(i => i.Outcome is null)), .. besides, .. identity?.AgeFrom ?? []]), study.State, study.Revision,
                study.FirstReceivedAt, study.LastReceivedAt, study.CompletedAt, study.FlaggedAt,
                mine.Count, mine.Count(i => i.Outcome == Outcomes.Scored),
                mine.Where(i => i.Outcome != Outcomes.Scored).GroupBy(i => i.OutcomeReason ?? "awaiting").ToDictionary(g => g.Key, g => g.Count()),
                [.. results[study.Id].OrderBy(r => r.ModelId, StringComparer.Ordinal).ThenBy(r => r.Revision).Select(r =>
                {
                    // The first in the order of SOP classes; what each destination has stands with its delivery.
                    return new WorklistResult(r.ModelId, r.ModelVersion, r.Stage, r.Revision, r.Probability, r.IsPositive, r.Sentence, reports[r.Id].FirstOrDefault()?.SopInstanceUid,
                        [.. reports[r.Id].SelectMany(report => deliveries[report.Id].Select(d => WorklistDelivery.Of(d, report.SopInstanceUid))).OrderBy(d => d.Destination, StringComparer.Ordinal)])
                    {
                        Withdrawn = r.WithdrawnWhy,
                    };
                })])
            {
                Notices = [.. notices[study.Id].OrderByDescending(n => Priorities.Rank(n.Priority))
                    .Select(n => new WorklistNotice(n.Priority, n.State, n.Reason, n.Letter, n.ControlId, n.Attempts, n.Answer, n.SentAt, n.AcknowledgedAt, n.Channel))],
                PatientName = reconciled.GetValueOrDefault(study.Id)?.PatientName ?? identity?.PatientName,
                ReadAt = study.ReadAt,
                ReadBy = study.ReadBy,
                IsRead = study.IsRead,
                OpenedBy = [.. opened[study.Id].OrderBy(o => o.At).Select(o => o.Account).Distinct()],
                Order = keys.TryGetValue(study.Id, out var key) && orders.TryGetValue(key, out var o)
                    ? new WorklistOrder(o.Priority, o.PrioritySource, o.PriorityAt, o.Status, o.StatusSource, o.StatusAt, o.ReadState, o.ReadSource, o.ReadAt) : null,
                Held = held,
                Aside = besides,
                IdentityFrom = reconciled.GetValueOrDefault(study.Id)?.Source,
                Times = TimeToFlag.Of(TimeToFlagQuery.Milestones(study, [.. mine.Select(i => (i.ReceivedAt, i.OutcomeAt))], [.. results[study.Id]], r => reports[r.Id].SelectMany(p => deliveries[p.Id]))),
                Overrides = [.. overrides[study.Id].Select(o => new WorklistOverride(o.Action, o.ModelId, o.Finding, o.Priority, o.Why, o.Actor, o.At, o.EndedAt))],
            };
        })];
    }

    /// <summary>
    /// Pure: highest priority first; within one priority the study that waits longest since we received it. Every other study that arrives stands behind
    /// it there, so its place only gets better until somebody raises another.
    /// </summary>
    public static IOrderedEnumerable<StudyRow> Order(IEnumerable<StudyRow> studies) =>
        studies.OrderBy(s => Priorities.Rank(s.Priority)).ThenBy(s => s.FirstReceivedAt).ThenBy(s => s.StudyInstanceUid, StringComparer.Ordinal);

    /// <summary>The same order, for a database.</summary>
    private static IOrderedQueryable<StudyRow> Order(IQueryable<StudyRow> studies) =>
        studies.OrderBy(s => s.Priority == Priorities.Critical ? 1 : s.Priority == Priorities.High ? 2 : s.Priority == Priorities.Elevated ? 3 : 4)
            .ThenBy(s => s.FirstReceivedAt).ThenBy(s => s.StudyInstanceUid);

    private static string Reason(StudyRow study, int awaiting) => study.PriorityReason.Length > 0
        ? study.PriorityReason
        : awaiting > 0 ? $"Waiting for {awaiting} images to be scored" : "Waiting for the study to be quiet";
}
