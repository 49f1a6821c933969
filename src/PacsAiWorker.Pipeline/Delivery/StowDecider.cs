using System.Net;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Web;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Pure: an answer over HTTP in the words of C-STORE, so that one table says what each means (PS3.18 table 10.5.3-1).</summary>
public static class StowDecider
{
    /// <param name="answer">What the server says of each instance; null when it says nothing.</param>
    /// <param name="sent">What was sent, the report last.</param>
    /// <param name="strange">Media type of a body that is no answer of such a server; null when it is one.</param>
    public static DimseResponse StatusOf(HttpStatusCode status, StowResponse? answer, IReadOnlyList<SentInstance> sent, string? strange = null)
    {
        var http = $"HTTP {(int)status}";
        if (strange is not null && status == HttpStatusCode.OK)
        {
            return new DimseResponse(DimseStatus.ProcessingFailure, $"{http} with {strange}, which no DICOMweb server answers: does a sign-on or a proxy stand before it, or is Url another service's?");
        }

        if (FailedOf(answer, sent) is { } failed)
        {
            var reason = ReasonOf(failed);
            return new DimseResponse(reason, $"{http}, {DimseStatus.InWords(reason)}");
        }

        return (int)status switch
        {
            // Its own list wins over its status; where it keeps none, 200 is all there is.
            200 or 202 when answer is { Stored.Count: > 0 } => sent.All(s => answer.Stored.Any(a => a.SopInstanceUid == s.SopInstanceUid))
                ? new DimseResponse(DimseStatus.Success, http)
                : new DimseResponse(DimseStatus.ProcessingFailure, $"{http} without naming every instance as stored"),
            200 => new DimseResponse(DimseStatus.Success, http),
            202 => new DimseResponse(DimseStatus.ProcessingFailure, $"{http}: stored in part, and which is not said"),
            401 or 403 => new DimseResponse(DimseStatus.NotAuthorized, $"{http}: give the token that the server wants in TokenFile, or let it store there; then `work retry`"),
            408 or 429 or >= 500 => new DimseResponse(DimseStatus.OutOfResources, http),
            >= 200 and < 300 => new DimseResponse(DimseStatus.ProcessingFailure, $"{http} is no answer to a STOW-RS request"),
            _ => new DimseResponse(DimseStatus.CannotUnderstand, $"{http}: is Url the base of its DICOMweb service, below which /studies stands?"),
        };
    }

    /// <summary>What an answer to a query means: read, again later, or a person has to look.</summary>
    public static CommitmentAnswer OfQuery(HttpStatusCode status) => (int)status switch
    {
        200 => CommitmentAnswer.Asked,
        408 or 429 or >= 500 => CommitmentAnswer.Again,
        _ => CommitmentAnswer.Refused,
    };

    /// <summary>A server that indexes late is asked again as long after as it was waited for already: 10 s at first, an hour at last.</summary>
    public static TimeSpan NextLook(TimeSpan waited) => waited < FirstLook ? FirstLook : waited > LastLook ? LastLook : waited;

    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastLook = TimeSpan.FromHours(1);

    /// <summary>Which of the instances its answer is about: the first that it did not store; one that it has already counts only where there is no other. Null when none failed.</summary>
    public static CommitmentItem? FailedOf(StowResponse? answer, IReadOnlyList<SentInstance> sent) => sent
        .Select(s => answer?.Failed.FirstOrDefault(f => f.SopInstanceUid == s.SopInstanceUid)).OfType<CommitmentItem>()
        .OrderBy(f => DeliveryDecider.Decide(ReasonOf(f), 1) == DeliveryStep.Stored).FirstOrDefault();

    private static ushort ReasonOf(CommitmentItem failed) => failed.FailureReason ?? DimseStatus.ProcessingFailure;
}
