using System.Net;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Demo;

/// <summary>A PACS just large enough for the demo: takes what it is sent and writes it to a folder. Storage commitment comes later.</summary>
internal sealed class SmallPacs : IAssociationHandler, IDisposable
{
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

    public IStoreService Store => new ImmediateStore(Begin);

    public AssociationDecision Decide(AssociationRequest request, IPAddress remote) =>
        new AssociationDecision.Accept([.. request.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);

    public StoreStart Begin(StoreContext context) => StoreStart.Into(new FileSink(_folder, context));

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
