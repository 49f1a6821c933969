using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>
/// Serves C-ECHO, C-STORE (PS3.7 section 9.1) and what <see cref="NormalizedRequest"/> knows on one association, one request after the
/// other: bytes of an instance go to the application's sink as they come, an answer leaves as one send. Other requests get 0211H.
/// A peer that negotiated to send ahead gets the answers of several C-STOREs together, after one commit for all of them.
/// </summary>
internal sealed class MessageServer : IMessageTaker
{
    /// <summary>Slices gathered before they are written, however small.</summary>
    private const int MostSlices = 512;

    /// <summary>Bytes that may come after an instance before it is answered, however fast the peer sends on.</summary>
    private const long MostBytesAhead = 8 << 20;

    private readonly Wire wire;
    private readonly AssociationRequest association;
    private readonly IPAddress remote;
    private readonly PresentationContext?[] contexts = new PresentationContext?[256];
    private readonly ListenerOptions options;
    private readonly IAssociationHandler handler;
    private readonly List<ReadOnlyMemory<byte>> slices = new(64);
    private readonly byte[] answer = new byte[DataTf.FrontBytes + CommandSet.MaxBytes];
    private readonly List<(byte Context, CommandSet Request, DimseResponse Response)> uncommitted = [];
    private readonly int mostUncommitted;
    private readonly Action settle;
    private byte contextId;
    private CommandSet current = new();
    private readonly IReadOnlyList<RoleSelection> roles;
    private IStoreSession? session;
    private IStoreSink? sink;
    private NormalizedRequest? normalized;
    private DimseResponse refusal;
    private long rateBytes;
    private TimeSpan rateWaited;
    private long bytesAtFirst;

    public MessageServer(
        Wire wire, AssociationRequest association, IPAddress remote, IReadOnlyList<PresentationContext> accepted, UserInformation negotiated,
        ListenerOptions options, IAssociationHandler handler)
    {
        roles = negotiated.Roles;

        // Half the window: while one half is committed, the peer sends the other.
        mostUncommitted = Math.Max(1, (negotiated.OperationsWindow?.Invoked ?? 1) / 2);
        this.wire = wire;
        this.association = association;
        this.remote = remote;
        this.options = options;
        this.handler = handler;
        foreach (PresentationContext context in accepted.Where(c => c.IsAccepted))
        {
            contexts[context.Id] = context;
        }

        Receiver = new MessageReceiver(id => contexts[id] is not null, options.MaxCommandBytes, options.MaxDataSetBytes, this);
        wire.BeforeReuse = Flush;
        settle = Settle;
    }

    public MessageReceiver Receiver { get; }

    /// <summary>Requests answered.</summary>
    public int Messages { get; private set; }

    /// <summary>Called when a request was read.</summary>
    public Action? Began { get; set; }

    public void Command(byte context, CommandSet command)
    {
        Began?.Invoke();
        contextId = context;
        current = command;
        rateBytes = wire.Received;
        rateWaited = wire.Waited;
        if ((command.Field & CommandField.Response) != 0)
        {
            throw PduFault.Dimse($"a response {command.Field:X4}H came where nothing was asked (PS3.7 9.1)");
        }

        sink = null;
        normalized = null;
        refusal = !MayAsk(command)
            ? new DimseResponse(DimseStatus.NotAuthorized, "not in the role that was negotiated (PS3.7 D.3.3.4)")
            : command.Field switch
            {
                CommandField.CEchoRq => DimseResponse.Success,
                CommandField.CStoreRq => BeginStore(command),
                _ => BeginNormalized(command),
            };
        if (!command.HasDataSet && command.Field != CommandField.CCancelRq)
        {
            CompleteNormalized();
            Answer(refusal);
        }
    }

    public void Data(ReadOnlyMemory<byte> bytes)
    {
        CheckRate();
        normalized?.Data(bytes.Span);
        if (sink is null)
        {
            return; // drained
        }

        if (uncommitted.Count > 0 && wire.Received - bytesAtFirst > MostBytesAhead)
        {
            Settle();
        }

        slices.Add(bytes);
        wire.Held = true;
        if (slices.Count >= MostSlices)
        {
            Flush();
        }
    }

    public void DataEnd()
    {
        Flush();
        CompleteNormalized();
        if (sink is null)
        {
            Answer(refusal);
            return;
        }

        IStoreSink complete = sink;
        DimseResponse response = default;
        if (Guarded(() => response = complete.Complete()))
        {
            sink = null;
            AnswerOnceCommitted(response);
            return;
        }

        Answer(refusal);
    }

    /// <summary>Commits what is complete and sends the answers that wait for it.</summary>
    public void Settle()
    {
        if (uncommitted.Count == 0)
        {
            return;
        }

        DimseResponse? failed;
        try
        {
            failed = session!.Commit();
        }
#pragma warning disable CA1031 // As in Guarded: the peer gets an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            handler.Failed(association, e);
            failed = new DimseResponse(DimseStatus.OutOfResources, "storing failed");
        }

        wire.BeforeSilence = null;
        foreach ((byte context, CommandSet request, DimseResponse response) in uncommitted)
        {
            Send(context, request, failed ?? response);
        }

        uncommitted.Clear();
    }

    /// <summary>The association ended: what was not complete is given up, and nobody waits for an answer any more.</summary>
    public void End(string reason)
    {
        wire.BeforeSilence = null;
        uncommitted.Clear();
        Abandon(reason);
        session?.Dispose();
        session = null;
    }

    private void Abandon(string reason)
    {
        slices.Clear();
        wire.Held = false;
        IStoreSink? open = sink;
        sink = null;
        try
        {
            open?.Abandon(reason);
        }
#pragma warning disable CA1031 // The association is over either way; its thread must not take the process with it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            handler.Failed(association, e);
        }
    }

    private DimseResponse BeginStore(CommandSet command)
    {
        PresentationContext context = contexts[contextId]!;
        if (command.MessageId is null)
        {
            throw PduFault.Dimse("a C-STORE request has no Message ID (PS3.7 9.3.1.1)");
        }

        if (command.AffectedSopClassUid != context.AbstractSyntax)
        {
            return new DimseResponse(DimseStatus.SopClassNotSupported, "SOP class is not that of the presentation context");
        }

        if (!command.HasDataSet)
        {
            return new DimseResponse(DimseStatus.CannotUnderstand, "C-STORE without data set (PS3.7 9.3.1.1)");
        }

        if (!DicomUid.IsValid(command.AffectedSopInstanceUid))
        {
            return new DimseResponse(DimseStatus.InvalidObjectInstance, "Affected SOP Instance UID is no UID (PS3.5 9.1)");
        }

        var store = new StoreContext(
            association, remote, command.AffectedSopClassUid, command.AffectedSopInstanceUid, context.Accepted!, command.MessageId.Value);
        DimseResponse refused = default;
        IStoreSink? begun = null;
        if (!Guarded(() =>
        {
            session ??= handler.Store.Open(association, remote);
            StoreStart start = session.Begin(store);
            begun = start.Sink;
            refused = start.Refusal;
        }))
        {
            return refusal;
        }

        sink = begun;
        return refused;
    }

    /// <summary>Operations come from an SCU, notifications from an SCP (PS3.7 D.3.3.4); without negotiation the requestor is SCU.</summary>
    private bool MayAsk(CommandSet command)
    {
        string uid = contexts[contextId]!.AbstractSyntax;
        RoleSelection role = roles.FirstOrDefault(r => r.SopClassUid == uid) ?? new(uid, Scu: true, Scp: false);
        return command.Field == CommandField.NEventReportRq ? role.Scp : role.Scu;
    }

    private DimseResponse BeginNormalized(CommandSet command)
    {
        (normalized, DimseResponse refused) = NormalizedRequest.Begin(
            command, contexts[contextId]!, association.CallingAe, remote, handler.Mpps, handler.Commitment, options.MaxAttributeBytes, handler.CommitmentRequests);
        return refused;
    }

    private void CompleteNormalized()
    {
        if (normalized is { } request)
        {
            normalized = null;
            try
            {
                refusal = request.Complete();
            }
#pragma warning disable CA1031 // As in Guarded: the peer gets an answer.
            catch (Exception e)
#pragma warning restore CA1031
            {
                handler.Failed(association, e);
                refusal = new DimseResponse(DimseStatus.ProcessingFailure, "the service failed");
            }
        }
    }

    private void Flush()
    {
        try
        {
            if (slices.Count > 0)
            {
                sink?.Write(slices);
            }
        }
#pragma warning disable CA1031 // As in Guarded, without its closure: this runs once a receive.
        catch (Exception e)
#pragma warning restore CA1031
        {
            GiveUp(e);
        }

        slices.Clear();
        wire.Held = false;
    }

    /// <summary>Runs the application's code; if it throws, the sink is abandoned, the rest drained, the answer A700H.</summary>
    private bool Guarded(Action action)
    {
        try
        {
            action();
            return true;
        }
#pragma warning disable CA1031 // Whatever the application throws, the peer gets an answer and the listener lives on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            GiveUp(e);
            return false;
        }
    }

    private void GiveUp(Exception e)
    {
        handler.Failed(association, e);
        refusal = new DimseResponse(DimseStatus.OutOfResources, "storing failed");
        Abandon("storing failed");
    }

    private void CheckRate()
    {
        TimeSpan waited = wire.Waited - rateWaited;
        if (waited < options.WholePdu)
        {
            return;
        }

        if (wire.Received - rateBytes < options.MinBytesPerSecond * waited.TotalSeconds)
        {
            throw new WireException(true, $"the peer sends less than {options.MinBytesPerSecond} bytes a second");
        }

        rateBytes = wire.Received;
        rateWaited = wire.Waited;
    }

    private void AnswerOnceCommitted(DimseResponse response)
    {
        if (uncommitted.Count == 0)
        {
            bytesAtFirst = wire.Received;
        }

        uncommitted.Add((contextId, current, response));
        wire.BeforeSilence = settle;
        if (uncommitted.Count >= mostUncommitted)
        {
            Settle();
        }
    }

    /// <summary>After those that came before it.</summary>
    private void Answer(DimseResponse response)
    {
        Settle();
        Send(contextId, current, response);
    }

    private void Send(byte context, CommandSet request, DimseResponse response)
    {
        CommandSet command = Responses.To(request, response);
        int length = command.Write(answer.AsSpan(DataTf.FrontBytes));
        DataTf.WriteFront(answer, context, DataTf.Command | DataTf.Last, length);
        wire.Send(answer.AsSpan(0, DataTf.FrontBytes + length));
        Messages++;
    }
}
