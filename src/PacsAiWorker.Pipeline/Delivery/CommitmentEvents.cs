using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>
/// Takes reports of storage commitment, on our association or on one that the PACS opened, and writes them down before it answers. What
/// cannot be written is answered 0110H, so that the PACS reports again; what it never repeats is asked for again when its time is over.
/// </summary>
public sealed class CommitmentEvents(Destinations destinations, CommitmentStore store, TimeProvider clock, ILogger<CommitmentEvents> log) : ICommitmentEvents
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly StrangeReports _strange = new();

    public DimseResponse Report(ServiceRequest request, CommitmentReport report)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            return ReportAsync(request.PeerAe, report, patience.Token).GetAwaiter().GetResult();
        }
        catch (Exception error)
        {
            PipelineLog.CommitmentNotWritten(log, request.PeerAe, error.GetType().Name, error.Message);
            return new DimseResponse(DimseStatus.ProcessingFailure, "not written down, report again");
        }
    }

    private async Task<DimseResponse> ReportAsync(string peerAe, CommitmentReport report, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var standings = await store.FindAsync(report.TransactionUid, cancellation);
        if (standings.Count == 0)
        {
            // 0115H would be the strict answer; a PACS would repeat it for ever.
            return await StrangeAsync(peerAe, null, "of an unknown transaction", DimseResponse.Success, now, cancellation);
        }

        if (standings[0] is var standing && destinations.Find(standing.Delivery.Destination) is not { } destination || destination.AeTitle != peerAe)
        {
            return await StrangeAsync(peerAe, standing, "of another destination's transaction", new DimseResponse(DimseStatus.NotAuthorized, "not your transaction"), now, cancellation);
        }

        List<SentInstance> asked = [.. standings.SelectMany(s => s.Instances)];
        List<(CommitmentStanding Standing, CommitmentVerdict Verdict)> verdicts = [.. standings.Select(s => (s, CommitmentDecider.Judge(s.Instances, report, asked)))];
        var news = await store.AnswerAsync(report.TransactionUid, [.. verdicts.Select(v => Word(v.Standing, v.Verdict))], now, cancellation);
        foreach (var (of, verdict) in verdicts)
        {
            var isNew = news.Contains(of.Delivery.Id);
            PipelineLog.CommitmentReported(log, of.Delivery.ReportId, of.Delivery.Destination, isNew ? verdict.Detail : verdict.Detail + ", as known");
            if (isNew)
            {
                PipelineMeters.Commitments.Add(1, PipelineMeters.Tag("destination", of.Delivery.Destination), PipelineMeters.Tag("outcome", StateOf(verdict)));
            }
        }

        return DimseResponse.Success;
    }

    internal static CommitmentWord Word(CommitmentStanding standing, CommitmentVerdict verdict) => new(standing.Delivery.Id, verdict.IsCommitted, verdict.Detail,
        Event($"commitment {StateOf(verdict)}", standing, new { standing.Delivery.Destination, verdict.Detail }));

    internal static string StateOf(CommitmentVerdict verdict) => verdict.IsCommitted ? CommitmentRequestStates.Committed : CommitmentRequestStates.Failed;

    private async Task<DimseResponse> StrangeAsync(string peerAe, CommitmentStanding? standing, string what, DimseResponse answer, DateTime now, CancellationToken cancellation)
    {
        PipelineLog.CommitmentStrange(log, peerAe, what);
        PipelineMeters.StrangeCommitments.Add(1);
        if (_strange.IsForTheAudit(peerAe, now))
        {
            await store.NoteAsync(standing is null ? new AuditEvent("commitment strange", $"ae:{peerAe}", null, new { what }) : Event("commitment strange", standing, new { peer = peerAe, what }), now, cancellation);
        }

        return answer;
    }

    private static AuditEvent Event(string action, CommitmentStanding standing, object detail) => new(action, $"report:{standing.Delivery.ReportId}", standing.StudyId, detail);
}
