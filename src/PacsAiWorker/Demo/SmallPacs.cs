using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Demo;

/// <summary>A PACS just large enough for the demo: takes what it is sent, writes it to a folder, and promises to keep what stands there.</summary>
internal sealed class SmallPacs : IAssociationHandler, ICommitmentRequests, IDisposable
{
    private const int ReportTries = 5;

    public const string AeTitle = "DEMO-PACS";

    private readonly string _folder;
    private readonly DicomListener _listener;

    public SmallPacs(string folder, int port)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        _listener = new DicomListener(new ListenerOptions(IPAddress.Loopback, port), this);
        _listener.Start();
    }

    public int Port => _listener.Port;

    /// <summary>Who asks for commitment, and gets the report on an association of ours (PS3.4 annex J.3.3).</summary>
    public PeerAddress? ReportTo { get; set; }

    public ICommitmentRequests CommitmentRequests => this;

    public IStoreService Store => new ImmediateStore(Begin);

    public AssociationDecision Decide(AssociationRequest request, IPAddress remote) =>
        new AssociationDecision.Accept([.. request.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);

    public StoreStart Begin(StoreContext context) => StoreStart.Into(new FileSink(_folder, context));

    public DimseResponse Request(ServiceRequest request, string transactionUid, IReadOnlyList<CommitmentItem> items)
    {
        if (ReportTo is not { } peer)
        {
            return new DimseResponse(DimseStatus.ResourceLimitation, "nobody to report to yet");
        }

        var kept = items.ToLookup(i => File.Exists(PathOf(i.SopInstanceUid)));
        var report = new CommitmentReport(transactionUid, [.. kept[true]], [.. kept[false].Select(i => i with { FailureReason = DimseStatus.NoSuchInstance })]);
        _ = Task.Factory.StartNew(() => Report(peer, report), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return DimseResponse.Success;
    }

    private static void Report(PeerAddress peer, CommitmentReport report)
    {
        for (var attempt = 1; attempt <= ReportTries; attempt++)
        {
            try
            {
                using var client = DicomClient.Connect(peer, AeTitle, [new ProposedContext(SopClasses.StorageCommitmentPush, TransferSyntax.ExplicitVrLittleEndian.Uid)],
                    new ClientOptions { Roles = [new RoleSelection(SopClasses.StorageCommitmentPush, Scu: false, Scp: true)] });
                var answer = client.ReportEvent(SopClasses.StorageCommitmentPush, SopClasses.StorageCommitmentPushInstance, report.EventType, report.ToDataSet());
                client.Release();
                if (answer.IsSuccess)
                {
                    return;
                }
            }
            catch (AssociationException)
            {
                // The worker stops, or is busy: once more.
            }
        }
    }

    private string PathOf(string sopInstanceUid) => Path.Combine(_folder, sopInstanceUid + ".dcm");

    public void Ended(AssociationRequest request, AssociationEnd end)
    {
    }

    public void Dispose() => _listener.Dispose();

    private sealed class FileSink : IStoreSink
    {
        private readonly string _path;
        private readonly FileStream _file;

        public FileSink(string folder, StoreContext context)
        {
            _path = Path.Combine(folder, context.SopInstanceUid + ".dcm");
            _file = File.Create(_path);
            _file.Write(Part10.Header(new FileMeta(context.SopClassUid, context.SopInstanceUid, context.TransferSyntaxUid)));
        }

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
        {
            foreach (var slice in slices)
            {
                _file.Write(slice.Span);
            }
        }

        public DimseResponse Complete()
        {
            _file.Dispose();
            return new DimseResponse(DimseStatus.Success, null);
        }

        public void Abandon(string reason)
        {
            _file.Dispose();
            File.Delete(_path);
        }
    }
}
