using System.Net;
using PacsAiWorker.Dicom.Dimse;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>The application behind a <see cref="DicomListener"/>. Called on the association's own thread; may block.</summary>
public interface IAssociationHandler
{
    /// <summary>Decides on a request that passed the transport's own limits.</summary>
    AssociationDecision Decide(AssociationRequest request, IPAddress remote);

    /// <summary>Takes C-STORE.</summary>
    IStoreService Store { get; }

    /// <summary>Takes N-CREATE and N-SET of performed procedure steps; null: not served, even on an accepted context.</summary>
    IMppsService? Mpps => null;

    /// <summary>Takes results of storage commitment on associations that a PACS opened; null: not served.</summary>
    ICommitmentEvents? Commitment => null;

    /// <summary>Takes requests for storage commitment, as a PACS does; null: not served.</summary>
    ICommitmentRequests? CommitmentRequests => null;

    /// <summary>An association whose request was read is over. Called once.</summary>
    void Ended(AssociationRequest request, AssociationEnd end);

    /// <summary>A connection ended before a request could be read: over a limit, not DICOM, silent.</summary>
    void Refused(IPAddress remote, string reason)
    {
    }

    /// <summary>The application's own code failed; the peer was answered with a failure. Must not throw.</summary>
    void Failed(AssociationRequest request, Exception exception)
    {
    }
}

/// <summary>Where C-STORE goes.</summary>
public interface IStoreService
{
    /// <summary>The first C-STORE-RQ of an association was read. The session is disposed of when the association ends.</summary>
    IStoreSession Open(AssociationRequest association, IPAddress remote);
}

/// <summary>The C-STOREs of one association, on its own thread.</summary>
public interface IStoreSession : IDisposable
{
    /// <summary>A C-STORE-RQ was read, no byte of its data set yet.</summary>
    StoreStart Begin(StoreContext context);

    /// <summary>
    /// Blocks until every data set that was completed since the last call is durable; called before any of their answers is sent,
    /// for one of them or, where the peer negotiated to send ahead, for several.
    /// </summary>
    /// <returns>Null when they are; else what each of them is answered instead.</returns>
    DimseResponse? Commit();
}

/// <summary>
/// Takes one data set. Exactly one of <see cref="Complete"/> and <see cref="Abandon"/> is called, last. An exception from Write or
/// Complete makes the answer A700H, after Abandon and after the rest of the data set was drained.
/// </summary>
public interface IStoreSink
{
    /// <summary>The next bytes of the data set, in order, exactly as sent. The memory is reused after the call.</summary>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices);

    /// <summary>The last byte was written. What it returns is sent once <see cref="IStoreSession.Commit"/> has succeeded.</summary>
    DimseResponse Complete();

    /// <summary>The association ended before the last byte, or Write or Complete failed.</summary>
    void Abandon(string reason);
}

/// <summary>A store whose data sets are durable, as far as they need be, when <see cref="IStoreSink.Complete"/> returns.</summary>
/// <param name="begin">As <see cref="IStoreSession.Begin"/>.</param>
public sealed class ImmediateStore(Func<StoreContext, StoreStart> begin) : IStoreService, IStoreSession
{
    public IStoreSession Open(AssociationRequest association, IPAddress remote) => this;

    public StoreStart Begin(StoreContext context) => begin(context);

    public DimseResponse? Commit() => null;

    public void Dispose()
    {
    }
}

/// <summary>What a C-STORE-RQ says (PS3.7 section 9.3.1.1) and where it came from.</summary>
public sealed record StoreContext(
    AssociationRequest Association,
    IPAddress Remote,
    string SopClassUid,
    string SopInstanceUid,
    string TransferSyntaxUid,
    ushort MessageId);

/// <summary>A sink for the data set, or a refusal: then the data set is drained and the refusal sent.</summary>
public sealed record StoreStart
{
    private StoreStart(IStoreSink? sink, DimseResponse refusal)
    {
        Sink = sink;
        Refusal = refusal;
    }

    public IStoreSink? Sink { get; }

    public DimseResponse Refusal { get; }

    public static StoreStart Into(IStoreSink sink) => new(sink, default);

    public static StoreStart Refused(ushort status, string? errorComment = null) => new(null, new DimseResponse(status, errorComment));
}
