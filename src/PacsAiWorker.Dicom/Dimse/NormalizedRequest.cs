using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>
/// One N-CREATE, N-SET, N-ACTION or N-EVENT-REPORT request (PS3.7 section 10.1) while its data set comes: gathered up to a limit, then handed to
/// the service. Without a service for it there is none of these.
/// </summary>
internal sealed class NormalizedRequest
{
    private readonly CommandSet command;
    private readonly ServiceRequest request;
    private readonly TransferSyntax syntax;
    private readonly int mostBytes;
    private readonly Func<CommandSet, ServiceRequest, DataSet, DimseResponse> serve;
    private byte[] bytes = [];
    private int length;
    private bool tooLong;

    private NormalizedRequest(
        CommandSet command, ServiceRequest request, TransferSyntax syntax, int mostBytes, Func<CommandSet, ServiceRequest, DataSet, DimseResponse> serve)
    {
        this.command = command;
        this.request = request;
        this.syntax = syntax;
        this.mostBytes = mostBytes;
        this.serve = serve;
    }

    /// <summary>Whether a service serves this command on this abstract syntax: null, and why not.</summary>
    public static (NormalizedRequest? Request, DimseResponse Refusal) Begin(
        CommandSet command, PresentationContext context, string peerAe, IPAddress? remote, IMppsService? mpps, ICommitmentEvents? commitment, int mostBytes,
        ICommitmentRequests? requests = null)
    {
        Func<CommandSet, ServiceRequest, DataSet, DimseResponse>? serve = (command.Field, context.AbstractSyntax) switch
        {
            (CommandField.NCreateRq, ServiceClasses.Mpps) when mpps is not null => (_, r, set) => mpps.Create(r, set),
            (CommandField.NSetRq, ServiceClasses.Mpps) when mpps is not null => (_, r, set) => mpps.Set(r, set),
            (CommandField.NEventReportRq, SopClasses.StorageCommitmentPush) when commitment is not null => (c, r, set) => Report(commitment, c, r, set),
            (CommandField.NActionRq, SopClasses.StorageCommitmentPush) when requests is not null => (c, r, set) => Commit(requests, c, r, set),
            _ => null,
        };
        if (serve is null)
        {
            return (null, new DimseResponse(DimseStatus.UnrecognizedOperation));
        }

        if ((command.AffectedSopClassUid ?? command.RequestedSopClassUid) != context.AbstractSyntax)
        {
            return (null, new DimseResponse(DimseStatus.NoSuchSopClass, "SOP class is not that of the presentation context"));
        }

        if (TransferSyntax.Find(context.Accepted!) is not { } syntax)
        {
            return (null, new DimseResponse(DimseStatus.ProcessingFailure, "transfer syntax unknown"));
        }

        // N-CREATE may leave the UID to us (PS3.7 section 10.1.5.1.4); it goes back in the response.
        if (command.Field == CommandField.NCreateRq && string.IsNullOrEmpty(command.AffectedSopInstanceUid))
        {
            command.AffectedSopInstanceUid = DicomUid.NewRandom();
        }

        string? instance = command.AffectedSopInstanceUid ?? command.RequestedSopInstanceUid;
        return DicomUid.IsValid(instance)
            ? (new(command, new ServiceRequest(peerAe, remote, instance), syntax, mostBytes, serve), default)
            : (null, new DimseResponse(DimseStatus.InvalidObjectInstance, "SOP Instance UID is no UID (PS3.5 9.1)"));
    }

    public void Data(ReadOnlySpan<byte> piece)
    {
        tooLong |= length + piece.Length > mostBytes;
        if (tooLong)
        {
            return;
        }

        if (length + piece.Length > bytes.Length)
        {
            Array.Resize(ref bytes, Math.Max(2 * bytes.Length, length + piece.Length));
        }

        piece.CopyTo(bytes.AsSpan(length));
        length += piece.Length;
    }

    public DimseResponse Complete()
    {
        if (tooLong)
        {
            return new DimseResponse(DimseStatus.ResourceLimitation, $"data set longer than {mostBytes} bytes");
        }

        try
        {
            return serve(command, request, DataSetReader.Read(bytes.AsSpan(0, length), syntax).DataSet);
        }
        catch (DicomFormatException)
        {
            return new DimseResponse(DimseStatus.ProcessingFailure, "the data set cannot be understood");
        }
    }

    private static DimseResponse Commit(ICommitmentRequests requests, CommandSet command, ServiceRequest request, DataSet set)
    {
        (string transaction, IReadOnlyList<CommitmentItem> items, DimseResponse refusal) = CommitmentReport.ReadRequest(command.ActionTypeId, set);
        return refusal.IsSuccess ? requests.Request(request, transaction, items) : refusal;
    }

    private static DimseResponse Report(ICommitmentEvents commitment, CommandSet command, ServiceRequest request, DataSet set)
    {
        (CommitmentReport? report, DimseResponse refusal) = CommitmentReport.Read(command.EventTypeId, set);
        return report is null ? refusal : commitment.Report(request, report);
    }
}
