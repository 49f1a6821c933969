using System.Collections.Concurrent;
using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>A PACS on loopback that takes what the test lets it take, and answers what the test says.</summary>
internal sealed class ScriptedPacs : IAssociationHandler, ICommitmentRequests, IDisposable
{
    public const string AeTitle = "PACS";

    private readonly DicomListener _listener;

    public ScriptedPacs(TlsServerOptions? tls = null)
    {
        _listener = new DicomListener(new ListenerOptions(IPAddress.Loopback, 0) { Tls = tls }, this);
        _listener.Start();
        Port = _listener.Port;
    }

    public int Port { get; }

    /// <summary>What C-STORE is answered.</summary>
    public ushort Answer { get; set; }

    /// <summary>Error Comment of each answer.</summary>
    public string? Comment { get; set; }

    /// <summary>As <see cref="Answer"/>, by SOP class; asked before the answer is sent, so it may also wait or fail.</summary>
    public Func<string, ushort>? OnStore { get; set; }

    /// <summary>What N-ACTION is answered.</summary>
    public Func<string, DimseResponse> OnCommitment { get; set; } = _ => DimseResponse.Success;

    /// <summary>Whether a context is accepted: abstract syntax, transfer syntax.</summary>
    public Func<string, string, bool> Accepts { get; set; } = (_, _) => true;

    public ConcurrentQueue<(string SopClass, string SopInstance, string Syntax, byte[] Bytes)> Stored { get; } = new();

    /// <summary>Transactions that it was asked for, with their instances.</summary>
    public ConcurrentQueue<(string TransactionUid, IReadOnlyList<CommitmentItem> Items)> Asked { get; } = new();

    public IStoreService Store => new ImmediateStore(c => StoreStart.Into(new Sink(this, c)));

    public ICommitmentRequests CommitmentRequests => this;

    public AssociationDecision Decide(AssociationRequest request, IPAddress remote) => new AssociationDecision.Accept(
        [.. request.Contexts.Select(c => c.TransferSyntaxes.FirstOrDefault(t => Accepts(c.AbstractSyntax, t)) is { } t ? c.Accept(t) : c.Refuse(PresentationContext.AbstractSyntaxNotSupported))]);

    public DimseResponse Request(ServiceRequest request, string transactionUid, IReadOnlyList<CommitmentItem> items)
    {
        Asked.Enqueue((transactionUid, items));
        return OnCommitment(transactionUid);
    }

    public void Ended(AssociationRequest request, AssociationEnd end)
    {
    }

    public void Dispose() => _listener.Dispose();

    private sealed class Sink(ScriptedPacs pacs, StoreContext context) : IStoreSink
    {
        private readonly List<byte> _bytes = [];

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices) => _bytes.AddRange(slices.SelectMany(s => s.ToArray()));

        public DimseResponse Complete()
        {
            pacs.Stored.Enqueue((context.SopClassUid, context.SopInstanceUid, context.TransferSyntaxUid, [.. _bytes]));
            return new(pacs.OnStore?.Invoke(context.SopClassUid) ?? pacs.Answer, pacs.Comment);
        }

        public void Abandon(string reason)
        {
        }
    }
}
