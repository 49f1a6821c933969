using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Fuzz;

/// <summary>An application that takes everything and keeps nothing, and notices what the transport does wrong.</summary>
internal sealed class FuzzHandler : IAssociationHandler, IStoreSink, IMppsService, ICommitmentEvents
{
    private readonly Dictionary<string, MppsState> steps = [];

    public IStoreService Store => new ImmediateStore(Begin);

    public IMppsService Mpps => this;

    public ICommitmentEvents Commitment => this;

    /// <summary>Sinks that were begun and neither completed nor abandoned.</summary>
    public int Open { get; private set; }

    public int Reports { get; private set; }

    public int CommitmentReports { get; private set; }

    public string Outcome { get; private set; } = "";

    public Exception? Fault { get; private set; }

    public AssociationDecision Decide(AssociationRequest request, IPAddress remote) => new AssociationDecision.Accept(
        PresentationContext.Negotiate(request.Contexts, _ => true, s => TransferSyntax.Find(s) is { Deflated: false }))
    {
        Roles = [new RoleSelection(SopClasses.StorageCommitmentPush, false, true)],
        UserIdentityAnswer = [],
    };

    public StoreStart Begin(StoreContext context)
    {
        Open++;
        return StoreStart.Into(this);
    }

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
    }

    public DimseResponse Complete()
    {
        Open--;
        return DimseResponse.Success;
    }

    public void Abandon(string reason) => Open--;

    public DimseResponse Create(ServiceRequest request, DataSet attributes) => Keep(request, MppsDecider.Create(Known(request), attributes));

    public DimseResponse Set(ServiceRequest request, DataSet modifications) => Keep(request, MppsDecider.Set(Known(request), modifications));

    public DimseResponse Report(ServiceRequest request, CommitmentReport report)
    {
        CommitmentReports++;
        return DimseResponse.Success;
    }

    public void Ended(AssociationRequest request, AssociationEnd end)
    {
        Reports++;
        Outcome = $"{end.Kind} {PduTarget.Words(end.Reason)}";
    }

    public void Refused(IPAddress remote, string reason)
    {
        Reports++;
        Outcome = "refused " + PduTarget.Words(reason);
    }

    public void Failed(AssociationRequest request, Exception exception) => Fault = exception;

    private MppsState? Known(ServiceRequest request) => steps.TryGetValue(request.SopInstanceUid, out MppsState state) ? state : null;

    private DimseResponse Keep(ServiceRequest request, MppsVerdict verdict)
    {
        if (verdict.Response.IsSuccess)
        {
            steps[request.SopInstanceUid] = verdict.State;
        }

        return verdict.Response;
    }
}
