using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>Time to flag from rows: last image → scored → flagged → report stored → promised to be kept.</summary>
public static class TimeToFlagQuery
{
    /// <summary>By tier, the most urgent first.</summary>
    /// <param name="from">Studies that received something at or after this time, UTC.</param>
    public static async Task<IReadOnlyList<TimeToFlagLine>> RunAsync(RecordsDatabase database, DateTime from, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var studies = await context.Studies.AsNoTracking().Where(s => s.LastReceivedAt >= from).ToListAsync(cancellation);
        var images = (await context.Instances.Where(i => i.IsCurrent && i.Study!.LastReceivedAt >= from)
            .Select(i => new { i.StudyId, i.ReceivedAt, i.OutcomeAt }).ToListAsync(cancellation)).ToLookup(i => i.StudyId, i => (i.ReceivedAt, i.OutcomeAt));
        var results = (await context.Results.AsNoTracking().Where(r => r.Study!.LastReceivedAt >= from).ToListAsync(cancellation)).ToLookup(r => r.StudyId);
        var deliveries = (await context.Deliveries.AsNoTracking().Where(d => d.Report!.Result!.Study!.LastReceivedAt >= from)
            .Select(d => new { d.Report!.ResultId, Delivery = d }).ToListAsync(cancellation)).ToLookup(d => d.ResultId, d => d.Delivery);
        return
        [
            .. studies.Select(s => (Study: s, Times: TimeToFlag.Of(Milestones(s, images[s.Id].ToList(), results[s.Id].ToList(), r => deliveries[r.Id])))).Where(s => s.Times is not null)
                .GroupBy(s => s.Study.Tier).OrderBy(g => g.Key).Select(g => Line(g.Key, [.. g.Select(s => (s.Study.QuietSeconds, s.Times!))])),
        ];
    }

    /// <summary>Pure: what rows say about one study.</summary>
    /// <param name="images">Of each current one when it came and when it had its outcome.</param>
    /// <param name="results">Of all revisions.</param>
    internal static StudyMilestones Milestones(
        StudyRow study, IReadOnlyList<(DateTime ReceivedAt, DateTime? OutcomeAt)> images, IReadOnlyList<ResultRow> results, Func<ResultRow, IEnumerable<DeliveryRow>> deliveries)
    {
        List<DeliveryRow> due =
        [
            .. results.Where(r => r.Revision == study.Revision).SelectMany(deliveries).Where(d => d.State is DeliveryStates.Pending or DeliveryStates.Stored or DeliveryStates.Refused),
        ];
        List<DeliveryRow> promised = [.. due.Where(d => CommitmentStates.Proven.Contains(d.Commitment) || CommitmentStates.Owed.Contains(d.Commitment))];
        return new StudyMilestones([.. images.Select(i => i.ReceivedAt)])
        {
            ScoredAt = images.All(i => i.OutcomeAt is not null) ? images.Max(i => i.OutcomeAt) : null,
            FlaggedAt = study.FlaggedAt,
            DecidedAt = study.State == StudyStates.Complete ? study.CompletedAt : null,
            StoredAt = due.All(d => d.StoredAt is not null) ? due.Max(d => d.StoredAt) : null,
            CommittedAt = due.All(d => d.StoredAt is not null) && promised.All(d => d.CommittedAt is not null) ? promised.Max(d => d.CommittedAt) : null,
        };
    }

    private static TimeToFlagLine Line(short tier, IReadOnlyList<(int Quiet, TimeToFlag Times)> studies) => new(
        tier, studies.Count, studies.Max(s => s.Quiet),
        StepTimes.Of(studies.Select(s => s.Times.SecondsToScore)), StepTimes.Of(studies.Select(s => s.Times.SecondsToFlag)), StepTimes.Of(studies.Select(s => s.Times.SecondsToDecision)),
        StepTimes.Of(studies.Select(s => s.Times.SecondsToStored)), StepTimes.Of(studies.Select(s => s.Times.SecondsToCommitted)), studies.Count(s => s.Times.IsSkewed));
}
