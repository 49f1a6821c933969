using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>What is to be done next for a PACS' promise.</summary>
public abstract record CommitmentStep
{
    private CommitmentStep()
    {
    }

    /// <summary>Promised, not stored, or not wanted any more.</summary>
    public sealed record Nothing : CommitmentStep;

    /// <summary>Put this question to the PACS; again under the same transaction when it is not known whether it came through.</summary>
    public sealed record Ask(string TransactionUid) : CommitmentStep;

    /// <summary>The PACS has the question and its time is not over.</summary>
    public sealed record Wait(string TransactionUid, TimeSpan Delay) : CommitmentStep;

    /// <summary>Put another question.</summary>
    public sealed record AskAnew : CommitmentStep;

    /// <summary>The PACS does not keep it: the same bytes once more.</summary>
    public sealed record StoreAgain(string Why) : CommitmentStep;

    /// <summary>A person has to look.</summary>
    public sealed record Stop(string Why) : CommitmentStep;
}

/// <summary>What a PACS' answer to the question means.</summary>
public enum CommitmentAnswer
{
    /// <summary>It has the question, or had it before.</summary>
    Asked,

    /// <summary>Again later: the trouble may pass.</summary>
    Again,

    /// <summary>It will never take it: a person has to look.</summary>
    Refused,
}

/// <summary>What a report of a PACS says of one question.</summary>
/// <param name="Detail">Counts and reasons, without UIDs.</param>
public sealed record CommitmentVerdict(bool IsCommitted, string Detail);

/// <summary>
/// Pure: from stored to committed (PS3.4 annex J). Due → asked → committed; or failed → stored again, at most three times → due; an
/// answer that does not come in time → another question, while a report on an older one still counts.
/// </summary>
public static class CommitmentDecider
{
    /// <summary>A PACS that does not keep what it stored is given so many further chances.</summary>
    public const int MostRestores = 3;

    private const int TriesForTheUnknown = 3;

    /// <summary>A wake-up that was lost costs at most so much.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <param name="requests">Of this delivery, oldest first.</param>
    /// <param name="deadline">Time that a PACS has to report.</param>
    public static CommitmentStep Next(DeliveryRow delivery, IReadOnlyList<CommitmentRequestRow> requests, TimeSpan deadline, DateTime now)
    {
        if (delivery.State != DeliveryStates.Stored || !CommitmentStates.Owed.Contains(delivery.Commitment))
        {
            return new CommitmentStep.Nothing();
        }

        return (requests.Count > 0 ? requests[^1] : null) switch
        {
            { State: CommitmentRequestStates.New } request => new CommitmentStep.Ask(request.TransactionUid),
            { State: CommitmentRequestStates.Asked } request when Left(request) is { Ticks: > 0 } left => new CommitmentStep.Wait(request.TransactionUid, left < LongestWait ? left : LongestWait),
            { State: CommitmentRequestStates.Failed } request => delivery.Restores < MostRestores
                ? new CommitmentStep.StoreAgain(request.Detail ?? "")
                : new CommitmentStep.Stop($"stored {MostRestores + 1} times and not kept: {request.Detail}"),
            _ => new CommitmentStep.AskAnew(),
        };

        TimeSpan Left(CommitmentRequestRow request) => (request.AskedAt ?? request.CreatedAt) + deadline - now;
    }

    /// <summary>The question that waits for its answer, asked or not; null where none does.</summary>
    /// <param name="requests">Of this delivery, oldest first.</param>
    public static CommitmentRequestRow? Open(DeliveryRow delivery, IReadOnlyList<CommitmentRequestRow> requests) =>
        delivery.State == DeliveryStates.Stored && CommitmentStates.Owed.Contains(delivery.Commitment) && requests is [.., { State: CommitmentRequestStates.New or CommitmentRequestStates.Asked } last] ? last : null;

    /// <param name="attempt">1 for the first.</param>
    public static CommitmentAnswer OfStatus(ushort status, int attempt) => status switch
    {
        DimseStatus.Success => CommitmentAnswer.Asked,
        0x0210 or 0x0131 => CommitmentAnswer.Asked, // duplicate invocation, duplicate transaction UID: an attempt whose answer was lost came through
        DimseStatus.ProcessingFailure or DimseStatus.ResourceLimitation => CommitmentAnswer.Again,
        DimseStatus.NoSuchInstance or DimseStatus.NoSuchSopClass or DimseStatus.SopClassNotSupported or DimseStatus.NotAuthorized or DimseStatus.UnrecognizedOperation => CommitmentAnswer.Refused,
        _ when DimseStatus.IsWarning(status) => CommitmentAnswer.Asked,
        _ when (status & 0xFF00) == 0xA700 => CommitmentAnswer.Again,
        _ => attempt < TriesForTheUnknown ? CommitmentAnswer.Again : CommitmentAnswer.Refused,
    };

    /// <summary>Whether a question about several deliveries shall be put again as one for each: it was refused, or not taken so often.</summary>
    /// <param name="attempt">1 for the first.</param>
    public static bool IsTooMuch(CommitmentAnswer answer, int deliveries, int attempt) =>
        deliveries > 1 && (answer == CommitmentAnswer.Refused || (answer == CommitmentAnswer.Again && attempt >= TriesForTheUnknown));

    /// <summary>Committed only when each instance that was sent is named as committed and none as failed; what else it names is not believed.</summary>
    /// <param name="sent">Of one delivery.</param>
    /// <param name="asked">Of all deliveries that the question was about; null: this one alone.</param>
    public static CommitmentVerdict Judge(IReadOnlyList<SentInstance> sent, CommitmentReport report, IReadOnlyList<SentInstance>? asked = null)
    {
        var known = (asked ?? sent).Select(s => s.SopInstanceUid).ToHashSet();
        var failed = report.Failed.Where(f => sent.Any(s => s.SopInstanceUid == f.SopInstanceUid)).DistinctBy(f => f.SopInstanceUid).ToList();
        var kept = sent.Count(s => report.Committed.Any(c => c.SopInstanceUid == s.SopInstanceUid && c.SopClassUid == s.SopClassUid) && failed.All(f => f.SopInstanceUid != s.SopInstanceUid));
        var foreign = report.Committed.Concat(report.Failed).Count(i => !known.Contains(i.SopInstanceUid));
        List<string> words =
        [
            $"{kept} of {sent.Count} kept",
            .. failed.GroupBy(f => f.FailureReason ?? DimseStatus.ProcessingFailure).Select(g => $"{g.Count()} failed with {Words(g.Key)}"),
            .. sent.Count - kept - failed.Count is > 0 and var silent ? [$"{silent} not named"] : Array.Empty<string>(),
            .. foreign > 0 ? [$"{foreign} named that do not belong to it"] : Array.Empty<string>(),
        ];
        return new CommitmentVerdict(kept == sent.Count, string.Join(", ", words));
    }

    /// <summary>PS3.3 table C.14-1; three of its reasons are no status of a response.</summary>
    private static string Words(ushort reason) => reason switch
    {
        0x0119 => "0119H class and instance conflict",
        0x0131 => "0131H duplicate transaction UID",
        _ => DimseStatus.InWords(reason),
    };
}
