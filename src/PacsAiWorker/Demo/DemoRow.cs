using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Demo;

/// <summary>One line of the demo's table and of summary.json.</summary>
/// <param name="SecondsToFlag">From the last image that the flag could know of to the flag; null where nothing was flagged.</param>
/// <param name="SecondsToScore">From the last image until all have their outcome; those behind it likewise, see <see cref="TimeToFlag"/>.</param>
/// <param name="QuietSeconds">How long a study is left alone before it is decided: part of what comes after the flag.</param>
internal sealed record DemoRow(
    string Study, string PatientId, string Cart, bool DrawnWithLesion, int Received, int Scored, IReadOnlyDictionary<string, int> NotScored,
    string Finding, double? Probability, string Priority, string Reason, int Revision, string? ReportUid, string Delivered, string Committed, double? SecondsToFlag,
    double? SecondsToScore, double? SecondsToStored, double? SecondsToCommitted, int QuietSeconds, bool Accounted)
{
    public static DemoRow From(PhantomStudy sent, WorklistEntry? entry, int quietSeconds)
    {
        if (entry is null)
        {
            return new DemoRow(sent.StudyInstanceUid, sent.PatientId, sent.Vendor, sent.HasLesion, 0, 0, new Dictionary<string, int>(), "", null, "", "never arrived", 0, null, "", "", null, null, null, null, quietSeconds, false);
        }

        var result = entry.Results.MaxBy(r => r.Revision);
        var delivery = result is { Deliveries: [var first, ..] } ? first : null;
        return new DemoRow(sent.StudyInstanceUid, sent.PatientId, sent.Vendor, sent.HasLesion, entry.ImagesReceived, entry.ImagesScored, entry.NotScored,
            result?.Probability is null ? "not assessed" : result.IsPositive ? "lesion flagged" : "not flagged", result?.Probability,
            $"{entry.PriorityMeaning} ({entry.Priority})", entry.Reason, entry.Revision, result?.ReportSopInstanceUid,
            delivery is null ? "no report due" : $"{delivery.State} {delivery.Status}".Trim(), delivery?.Commitment ?? CommitmentStates.NotAsked,
            Rounded(entry.Times?.SecondsToFlag), Rounded(entry.Times?.SecondsToScore), Rounded(entry.Times?.SecondsToStored), Rounded(entry.Times?.SecondsToCommitted), quietSeconds,
            IsAccounted(sent, entry, result));
    }

    private static double? Rounded(double? seconds) => seconds is { } s ? Math.Round(s, 2) : null;

    /// <summary>Every image arrived and has its outcome; every report that is due stands in the PACS, which promised to keep it.</summary>
    private static bool IsAccounted(PhantomStudy sent, WorklistEntry entry, WorklistResult? result) =>
        entry.State == StudyStates.Complete
        && entry.ImagesReceived == sent.Instances.Count
        && entry.ImagesScored + entry.NotScored.Values.Sum() == entry.ImagesReceived
        && !entry.NotScored.ContainsKey("awaiting")
        && (result is null || (result.Revision == entry.Revision && result.Deliveries.Count > 0 && result.Deliveries.All(d => d is { State: DeliveryStates.Stored, Commitment: CommitmentStates.Committed })));
}
