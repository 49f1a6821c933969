using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>One study on the reading list, in words that people read.</summary>
public sealed record WorklistEntry(
    int Place, Guid StudyKey, string StudyInstanceUid, string? PatientId, string? AccessionNumber, string? StudyDescription, string Site, string CallingAe,
    string Priority, string PriorityMeaning, string Reason, string State, int Revision,
    DateTime ReceivedAt, DateTime LastImageAt, DateTime? CompletedAt, DateTime? FlaggedAt,
    int ImagesReceived, int ImagesScored, IReadOnlyDictionary<string, int> NotScored, IReadOnlyList<WorklistResult> Results);

/// <summary>What one model said of the study, with its report.</summary>
public sealed record WorklistResult(
    string ModelId, string ModelVersion, string Stage, int Revision, double? Probability, bool IsPositive, string Sentence,
    string? ReportSopInstanceUid, IReadOnlyList<WorklistDelivery> Deliveries);

/// <summary>Where a report stands.</summary>
/// <param name="SopInstanceUid">Of the report as this destination takes it.</param>
public sealed record WorklistDelivery(string Destination, string State, string? Status, DateTime? StoredAt, string Commitment, DateTime? CommittedAt, string SopInstanceUid);

/// <summary>The reading list in its order: priority first, then who waits longest. Nothing is ever left out.</summary>
public static class WorklistQuery
{
    public static async Task<IReadOnlyList<WorklistEntry>> RunAsync(RecordsDatabase database, int limit, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var studies = await context.Studies.AsNoTracking().ToListAsync(cancellation);
        var shown = Order(studies).Take(limit).ToList();
        var ids = shown.Select(s => s.Id).ToList();
        var identities = await context.Identities.AsNoTracking().Where(i => ids.Contains(i.StudyId)).ToDictionaryAsync(i => i.StudyId, cancellation);
        var images = (await context.Instances.AsNoTracking().Where(i => ids.Contains(i.StudyId) && i.IsCurrent)
            .Select(i => new { i.StudyId, i.Outcome, i.OutcomeReason }).ToListAsync(cancellation)).ToLookup(i => i.StudyId);
        var results = (await context.Results.AsNoTracking().Where(r => ids.Contains(r.StudyId)).ToListAsync(cancellation)).ToLookup(r => r.StudyId);
        var reports = (await context.Reports.AsNoTracking().Where(r => ids.Contains(r.Result!.StudyId))
            .OrderBy(r => r.CreatedAt).ThenByDescending(r => r.SopClassUid).Select(r => new { r.Id, r.ResultId, r.SopInstanceUid }).ToListAsync(cancellation)).ToLookup(r => r.ResultId);
        var deliveries = (await context.Deliveries.AsNoTracking().Where(d => ids.Contains(d.Report!.Result!.StudyId)).ToListAsync(cancellation)).ToLookup(d => d.ReportId);
        return [.. shown.Select((study, place) =>
        {
            var identity = identities.GetValueOrDefault(study.Id);
            var mine = images[study.Id].ToList();
            return new WorklistEntry(
                place + 1, study.Id, study.StudyInstanceUid, identity?.PatientId, identity?.AccessionNumber, identity?.StudyDescription, study.Site, study.CallingAe,
                study.Priority, Priorities.Meaning(study.Priority), Reason(study, mine.Count(i => i.Outcome is null)), study.State, study.Revision,
                study.FirstReceivedAt, study.LastReceivedAt, study.CompletedAt, study.FlaggedAt,
                mine.Count, mine.Count(i => i.Outcome == Outcomes.Scored),
                mine.Where(i => i.Outcome != Outcomes.Scored).GroupBy(i => i.OutcomeReason ?? "awaiting").ToDictionary(g => g.Key, g => g.Count()),
                [.. results[study.Id].OrderBy(r => r.ModelId, StringComparer.Ordinal).ThenBy(r => r.Revision).Select(r =>
                {
                    // The first in the order of SOP classes; what each destination has stands with its delivery.
                    return new WorklistResult(r.ModelId, r.ModelVersion, r.Stage, r.Revision, r.Probability, r.IsPositive, r.Sentence, reports[r.Id].FirstOrDefault()?.SopInstanceUid,
                        [.. reports[r.Id].SelectMany(report => deliveries[report.Id].Select(d => new WorklistDelivery(
                            d.Destination, d.State, d.Status is { } s ? $"{s:X4}H" : null, d.StoredAt, d.Commitment, d.CommittedAt, report.SopInstanceUid))).OrderBy(d => d.Destination, StringComparer.Ordinal)]);
                })]);
        })];
    }

    /// <summary>Pure: highest priority first; within one priority the study that has waited longest, so nothing starves.</summary>
    public static IOrderedEnumerable<StudyRow> Order(IEnumerable<StudyRow> studies) =>
        studies.OrderBy(s => Priorities.Rank(s.Priority)).ThenBy(s => s.FirstReceivedAt).ThenBy(s => s.StudyInstanceUid, StringComparer.Ordinal);

    private static string Reason(StudyRow study, int awaiting) => study.PriorityReason.Length > 0
        ? study.PriorityReason
        : awaiting > 0 ? $"Waiting for {awaiting} images to be scored" : "Waiting for the study to be quiet";
}
