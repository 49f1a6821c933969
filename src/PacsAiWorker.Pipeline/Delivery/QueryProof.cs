using System.Net;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>
/// Over HTTP there is no storage commitment: a server that stored by STOW-RS is asked by QIDO-RS whether it has it (PS3.18 section 10.6).
/// One that indexes late is asked again until <see cref="DestinationOptions.CommitmentHours"/> are over; then it is stored again.
/// </summary>
internal sealed class QueryProof(CommitmentStore store, StowSender web, Connections connections, TimeProvider clock)
{
    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <param name="question">The delivery's last one, without an answer.</param>
    public async Task<WorkVerdict> LookAsync(CommitmentStanding standing, DestinationOptions destination, CommitmentRequestRow question, CancellationToken cancellation)
    {
        if (connections.RestOf(destination.Name, Exchange.Commitment) is { } rest)
        {
            return new WorkVerdict.Postpone(rest, "pacs unreachable", $"{destination.Name} did not answer a moment ago");
        }

        var (status, found) = (HttpStatusCode.OK, 0);
        try
        {
            foreach (var instance in standing.Instances)
            {
                (status, var has) = await web.HasAsync(destination, instance.SopInstanceUid, cancellation);
                if (status != HttpStatusCode.OK)
                {
                    break;
                }

                found += has ? 1 : 0;
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            connections.Failed(destination.Name, Exchange.Commitment);
            return new WorkVerdict.Retry("pacs unreachable", error.Message);
        }

        connections.Answered(destination.Name, Exchange.Commitment);
        if (StowDecider.OfQuery(status) is var answer && answer == CommitmentAnswer.Refused)
        {
            return Refused(standing, destination, question, status);
        }

        if (answer == CommitmentAnswer.Again)
        {
            return new WorkVerdict.Retry("pacs busy", $"HTTP {(int)status}");
        }

        var verdict = new CommitmentVerdict(found == standing.Instances.Count, $"{found} of {standing.Instances.Count} found by query (QIDO-RS)");
        var waited = Now - (question.AskedAt ?? question.CreatedAt);
        if (!verdict.IsCommitted && waited < TimeSpan.FromHours(destination.CommitmentHours))
        {
            return Later(standing, question, StowDecider.NextLook(waited), verdict.Detail);
        }

        await store.AnswerAsync(question.TransactionUid, [CommitmentEvents.Word(standing, verdict) with { Proof = CommitmentStates.Found }], Now, cancellation);
        PipelineMeters.Commitments.Add(1, PipelineMeters.Tag("destination", destination.Name), PipelineMeters.Tag("outcome", CommitmentEvents.StateOf(verdict)));
        return new WorkVerdict.Postpone(TimeSpan.Zero, "reported", verdict.Detail);
    }

    private WorkVerdict.Postpone Later(CommitmentStanding standing, CommitmentRequestRow question, TimeSpan delay, string found) => new(delay, "not found yet", found, async (transaction, token) =>
    {
        await CommitmentStore.AskedAsync(transaction, standing.Delivery.Id, question.TransactionUid, Now, token);
        return [];
    });

    private WorkVerdict.Park Refused(CommitmentStanding standing, DestinationOptions destination, CommitmentRequestRow question, HttpStatusCode status) => new("query refused",
        $"HTTP {(int)status}: let {destination.Name} answer QIDO-RS below Url to the token of TokenFile, or set VerifyByQuery of that destination to false; then `work retry`", async (transaction, token) =>
    {
        await CommitmentStore.RefusedAsync(transaction, standing.Delivery.Id, question.TransactionUid, $"HTTP {(int)status}", Now, token);
        return [new AuditEvent("commitment refused", $"report:{standing.Delivery.ReportId}", standing.StudyId, new { standing.Delivery.Destination, why = $"HTTP {(int)status}" })];
    });
}
