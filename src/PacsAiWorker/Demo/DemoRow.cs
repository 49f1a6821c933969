using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Demo;

/// <summary>One line of the demo's table and of summary.json.</summary>
/// <param name="SecondsToFlag">From the last image to the flag, or to the verdict when nothing was flagged.</param>
internal sealed record DemoRow(
    string Study, string PatientId, string Cart, bool DrawnWithLesion, int Received, int Scored, IReadOnlyDictionary<string, int> NotScored,
    string Finding, double? Probability, string Priority, string Reason, int Revision, string? ReportUid, string Delivered, string Committed, double? SecondsToFlag, bool Accounted)
{
    public static DemoRow From(PhantomStudy sent, WorklistEntry? entry)
    {
        if (entry is null)
        {
            return new DemoRow(sent.StudyInstanceUid, sent.PatientId, sent.Vendor, sent.HasLesion, 0, 0, new Dictionary<string, int>(), "", null, "", "never arrived", 0, null, "", "", null, false);
        }

        var result = entry.Results.MaxBy(r => r.Revision);
        var delivery = result is { Deliveries: [var first, ..] } ? first : null;
        var decided = entry.FlaggedAt ?? entry.CompletedAt;
        var seconds = decided is { } at && at >= entry.LastImageAt ? Math.Round((at - entry.LastImageAt).TotalSeconds, 1) : (double?)null;
        return new DemoRow(sent.StudyInstanceUid, sent.PatientId, sent.Vendor, sent.HasLesion, entry.ImagesReceived, entry.ImagesScored, entry.NotScored,
            result?.Probability is null ? "not assessed" : result.IsPositive ? "lesion flagged" : "not flagged", result?.Probability,
            $"{entry.PriorityMeaning} ({entry.Priority})", entry.Reason, entry.Revision, result?.ReportSopInstanceUid,
            delivery is null ? "no report due" : $"{delivery.State} {delivery.Status}".Trim(), delivery?.Commitment ?? CommitmentStates.NotAsked, seconds,
            IsAccounted(sent, entry, result));
    }

    /// <summary>Every image arrived and has its outcome; every report that is due stands in the PACS, which promised to keep it.</summary>
    private static bool IsAccounted(PhantomStudy sent, WorklistEntry entry, WorklistResult? result) =>
        entry.State == StudyStates.Complete
        && entry.ImagesReceived == sent.Instances.Count
        && entry.ImagesScored + entry.NotScored.Values.Sum() == entry.ImagesReceived
        && !entry.NotScored.ContainsKey("awaiting")
        && (result is null || (result.Revision == entry.Revision && result.Deliveries.Count > 0 && result.Deliveries.All(d => d is { State: DeliveryStates.Stored, Commitment: CommitmentStates.Committed })));
}
