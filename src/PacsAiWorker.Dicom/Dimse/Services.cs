using System.Net;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>Who asks, and about which instance.</summary>
/// <param name="PeerAe">AE title of the peer.</param>
/// <param name="Remote">Its address; null on an association that we opened.</param>
/// <param name="SopInstanceUid">The instance that is meant.</param>
public sealed record ServiceRequest(string PeerAe, IPAddress? Remote, string SopInstanceUid);

/// <summary>
/// Modality Performed Procedure Step as SCP (PS3.4 annex F.7). Called on the association's own thread; may block; what it throws
/// becomes 0110H. <see cref="MppsDecider"/> knows the rules.
/// </summary>
public interface IMppsService
{
    /// <summary>N-CREATE.</summary>
    DimseResponse Create(ServiceRequest request, DataSet attributes);

    /// <summary>N-SET.</summary>
    DimseResponse Set(ServiceRequest request, DataSet modifications);
}

/// <summary>
/// Requests for storage commitment as SCP (PS3.4 annex J.3.2). Called on the association's own thread; the result is reported later, on an
/// association of our own (<see cref="DicomClient.ReportEvent"/>).
/// </summary>
public interface ICommitmentRequests
{
    /// <param name="transactionUid">Names the request in the report.</param>
    DimseResponse Request(ServiceRequest request, string transactionUid, IReadOnlyList<CommitmentItem> items);
}

/// <summary>
/// Results of storage commitment as SCU (PS3.4 annex J.3.3): on the association that asked, or on one that the PACS opened. The same
/// report may come twice.
/// </summary>
public interface ICommitmentEvents
{
    DimseResponse Report(ServiceRequest request, CommitmentReport report);
}
