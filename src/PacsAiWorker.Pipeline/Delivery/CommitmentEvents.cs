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
        if (await store.FindAsync(report.TransactionUid, cancellation) is not { } standing)
        {
            // 0115H would be the strict answer; a PACS would repeat it for ever.
            return await StrangeAsync(peerAe, null, "of an unknown transaction", DimseResponse.Success, now, cancellation);
        }

        if (destinations.Find(standing.Delivery.Destination) is not { } destination || destination.AeTitle != peerAe)
        {
            return await StrangeAsync(peerAe, standing, "of another destination's transaction", new DimseResponse(DimseStatus.NotAuthorized, "not your transaction"), now, cancellation);
        }

        var verdict = CommitmentDecider.Judge(standing.Instances, report);
        var state = verdict.IsCommitted ? CommitmentRequestStates.Committed : CommitmentRequestStates.Failed;
        var isNew = await store.AnswerAsync(standing, report.TransactionUid, verdict.IsCommitted, verdict.Detail, Event($"commitment {state}", standing, new { standing.Delivery.Destination, verdict.Detail }), now, cancellation);
        PipelineLog.CommitmentReported(log, standing.Delivery.ReportId, standing.Delivery.Destination, isNew ? verdict.Detail : verdict.Detail + ", as known");
        if (isNew)
        {
            PipelineMeters.Commitments.Add(1, PipelineMeters.Tag("destination", standing.Delivery.Destination), PipelineMeters.Tag("outcome", state));
        }

        return DimseResponse.Success;
    }

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
