using System.Collections.Concurrent;
using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>Our listener with the worker's own context policy; keeps in memory what comes.</summary>
internal sealed class InteropScp : IAssociationHandler, IMppsService, ICommitmentEvents, IDisposable
{
    private readonly ConcurrentDictionary<string, MppsState> _steps = new();
    private readonly DicomListener _listener;

    public InteropScp(TlsServerOptions? tls = null, int port = 0)
    {
        _listener = new DicomListener(new ListenerOptions(IPAddress.Loopback, port) { Tls = tls }, this);
        _listener.Start();
    }

    public int Port => _listener.Port;

    /// <summary>SOP Instance UID → transfer syntax and data set.</summary>
    public ConcurrentDictionary<string, (string Syntax, byte[] DataSet)> Stored { get; } = new();

    public ConcurrentQueue<CommitmentReport> Reports { get; } = new();

    public ConcurrentQueue<string> Ends { get; } = new();

    public ConcurrentQueue<string> Refusals { get; } = new();

    public ConcurrentQueue<AssociationRequest> Requests { get; } = new();

    public IReadOnlyDictionary<string, MppsState> Steps => _steps;

    public IStoreService Store => new ImmediateStore(Begin);

    public IMppsService Mpps => this;

    public ICommitmentEvents Commitment => this;

    public AssociationDecision Decide(AssociationRequest request, IPAddress remote)
    {
        Requests.Enqueue(request);
        return new AssociationDecision.Accept([.. request.Contexts.Select(c => AcceptedContexts.Decide(c, mpps: true, AcceptedContexts.ReportsCommitment(request)))])
        {
            Roles = AcceptedContexts.Roles,
        };
    }

    public StoreStart Begin(StoreContext context) => StoreStart.Into(new Sink(this, context));

    public DimseResponse Create(ServiceRequest request, DataSet attributes) => Keep(request, MppsDecider.Create(Known(request), attributes));

    public DimseResponse Set(ServiceRequest request, DataSet modifications) => Keep(request, MppsDecider.Set(Known(request), modifications));

    public DimseResponse Report(ServiceRequest request, CommitmentReport report)
    {
        Reports.Enqueue(report);
        return DimseResponse.Success;
    }

    public void Ended(AssociationRequest request, AssociationEnd end) => Ends.Enqueue($"{end.Kind}: {end.Reason}");

    public void Refused(IPAddress remote, string reason) => Refusals.Enqueue(reason);

    public void Dispose() => _listener.Dispose();

    private MppsState? Known(ServiceRequest request) => _steps.TryGetValue(request.SopInstanceUid, out var state) ? state : null;

    private DimseResponse Keep(ServiceRequest request, MppsVerdict verdict)
    {
        if (verdict.Response.IsSuccess)
        {
            _steps[request.SopInstanceUid] = verdict.State;
        }

        return verdict.Response;
    }

    private sealed class Sink(InteropScp scp, StoreContext context) : IStoreSink
    {
        private readonly MemoryStream _bytes = new();

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
        {
            foreach (var slice in slices)
            {
                _bytes.Write(slice.Span);
            }
        }

        public DimseResponse Complete()
        {
            scp.Stored[context.SopInstanceUid] = (context.TransferSyntaxUid, _bytes.ToArray());
            return DimseResponse.Success;
        }

        public void Abandon(string reason)
        {
        }
    }
}
