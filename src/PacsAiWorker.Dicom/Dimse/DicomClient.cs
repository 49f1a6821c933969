using System.Net.Sockets;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>
/// A requestor: C-ECHO, C-STORE and C-FIND (PS3.7 section 9.1), N-ACTION, N-CREATE, N-SET and N-EVENT-REPORT (section 10.1) over one
/// association. Blocking; not for several threads. After any
/// <see cref="AssociationException"/> the association is aborted and closed and every further call throws.
/// </summary>
public sealed partial class DicomClient : IDisposable
{
    private readonly UpperLayerMachine machine;
    private readonly Wire wire;
    private readonly PduReader reader;
    private readonly MessageReceiver receiver;
    private readonly MessageQueue messages;
    private readonly AssociationRequest request;
    private readonly ClientOptions options;
    private readonly byte[] output;
    private readonly int fragment;
    private ushort messageId;
    private bool broken;

    private DicomClient(UpperLayerMachine machine, Wire wire, AssociationRequest request, AssociateAc ac, ClientOptions options)
    {
        IReadOnlyList<PresentationContext> contexts = Answered(request, ac);
        uint peerMaxPdu = ac.User.MaxPdu;
        this.request = request;
        messages = new MessageQueue(options.MaxResponseBytes);
        this.machine = machine;
        this.wire = wire;
        this.options = options;
        Contexts = contexts;
        Roles = ac.User.Roles;
        receiver = new MessageReceiver(id => contexts.Any(c => c.Id == id && c.IsAccepted), 64 * 1024, options.MaxResponseBytes, messages);
        reader = new PduReader(wire, options.Response, options.MaxPduBytes, receiver);

        // The peer's limit counts what follows the PDU header: PDV header and fragment (PS3.8 D.1.1). 0 is no limit.
        long pdu = peerMaxPdu == 0 ? options.MaxSendPduBytes : Math.Min(peerMaxPdu, options.MaxSendPduBytes);
        fragment = (int)Math.Max(pdu - DataTf.PdvHeaderBytes, 128) & ~1; // even, as all data set values are
        output = GC.AllocateUninitializedArray<byte>(CommandSet.MaxBytes + DataTf.FrontBytes + DataTf.FrontBytes + fragment + 1);
    }

    /// <summary>All proposed contexts with the peer's answers.</summary>
    public IReadOnlyList<PresentationContext> Contexts { get; }

    /// <summary>The peer's answers to the roles we proposed (PS3.7 D.3.3.4).</summary>
    public IReadOnlyList<RoleSelection> Roles { get; }

    /// <summary>The association can carry requests.</summary>
    public bool IsOpen => machine.State == UpperLayerState.Established;

    /// <exception cref="AssociationException">Unreachable, silent, rejected or aborted.</exception>
    /// <exception cref="ArgumentException">More than 128 contexts.</exception>
    public static DicomClient Connect(
        PeerAddress peer, string callingAe, IReadOnlyList<ProposedContext> contexts, ClientOptions? options = null)
    {
        if (contexts.Count is 0 or > 128)
        {
            throw new ArgumentException("An association has 1 to 128 presentation contexts (PS3.8 9.3.2.2).", nameof(contexts));
        }

        ClientOptions set = options ?? ClientOptions.Default;
        return Establish(Open(peer, set), peer, callingAe, contexts, set);
    }

    /// <summary>The association over a channel that is open.</summary>
    /// <exception cref="AssociationException">Silent, rejected or aborted.</exception>
    internal static DicomClient Establish(
        IChannel channel, PeerAddress peer, string callingAe, IReadOnlyList<ProposedContext> contexts, ClientOptions set)
    {
        var machine = new UpperLayerMachine(requestor: true);
        machine.Next(UpperLayerEvent.AssociateRequest); // AE-1
        var wire = new Wire(channel, new byte[128 * 1024], set.Time);
        try
        {
            machine.Next(UpperLayerEvent.TransportConfirmed); // AE-2
            var request = new AssociationRequest
            {
                CalledAe = peer.AeTitle,
                CallingAe = callingAe,
                Contexts = [.. contexts.Select((c, i) => new PresentationContext((byte)((2 * i) + 1), c.AbstractSyntax, c.TransferSyntaxes))],
                MaxPdu = (uint)set.MaxPduBytes,
                ImplementationClassUid = Part10.ImplementationClassUid,
                ImplementationVersionName = Part10.ImplementationVersionName,
                Roles = set.Roles,
                UserIdentity = set.UserIdentity,
            };
            wire.Send(request.Write());
            AssociateAc ac = Answer(machine, wire, set);
            return new DicomClient(machine, wire, request, ac, set);
        }
        catch (Exception e)
        {
            if (e is WireException { TimedOut: true } or PduFault)
            {
                TrySend(wire, new Abort(AbortCodes.ServiceUser, AbortCodes.NotSpecified).Write());
            }

            wire.Dispose();
            if (e is WireException or PduFault)
            {
                throw new AssociationException($"No association with {peer}: {e.Message}.", transient: true, e);
            }

            throw;
        }
    }

    /// <summary>Whether an instance of this class can be sent in this transfer syntax.</summary>
    public bool Accepts(string sopClassUid, string transferSyntaxUid) => Find(sopClassUid, transferSyntaxUid) is not null;

    /// <exception cref="AssociationException">The association broke, or Verification was not accepted.</exception>
    public DimseResponse Echo()
    {
        PresentationContext context = Contexts.FirstOrDefault(c => c.IsAccepted && c.AbstractSyntax == SopClasses.Verification)
            ?? throw new AssociationException("The peer did not accept Verification.", transient: false);
        return Guarded(() =>
        {
            var command = new CommandSet { AffectedSopClassUid = SopClasses.Verification, Field = CommandField.CEchoRq, MessageId = ++messageId };
            wire.Send(output.AsSpan(0, WriteCommand(context.Id, command)));
            return Response();
        });
    }

    /// <inheritdoc cref="Store(string, string, string, Stream)"/>
    public DimseResponse Store(string sopClassUid, string sopInstanceUid, string transferSyntaxUid, ReadOnlySpan<byte> dataSet)
    {
        using var stream = new MemoryStream(dataSet.ToArray(), writable: false);
        return Store(sopClassUid, sopInstanceUid, transferSyntaxUid, stream);
    }

    /// <summary>Sends an instance and waits for the answer.</summary>
    /// <param name="sopClassUid">Of the instance.</param>
    /// <param name="sopInstanceUid">Of the instance.</param>
    /// <param name="transferSyntaxUid">How the bytes are encoded; its context must have been accepted.</param>
    /// <param name="dataSet">Data set bytes only, without preamble and group 2; sent as they are, from where the stream stands to its end.</param>
    /// <exception cref="AssociationException">No context for it (not transient), or the association broke.</exception>
    public DimseResponse Store(string sopClassUid, string sopInstanceUid, string transferSyntaxUid, Stream dataSet)
    {
        PresentationContext context = Find(sopClassUid, transferSyntaxUid)
            ?? throw new AssociationException(
                $"The peer did not accept {SopClasses.Name(sopClassUid)} in {TransferSyntax.Find(transferSyntaxUid)?.Name ?? transferSyntaxUid}.",
                transient: false);
        return Guarded(() =>
        {
            var command = new CommandSet
            {
                AffectedSopClassUid = sopClassUid,
                Field = CommandField.CStoreRq,
                MessageId = ++messageId,
                Priority = 0,
                DataSetType = CommandSet.WithDataSet,
                AffectedSopInstanceUid = sopInstanceUid,
            };
            SendWithData(context.Id, command, dataSet);
            return Response();
        });
    }

    /// <summary>Ends the association in order (A-RELEASE) and closes. Does not throw: everything was answered by now.</summary>
    public void Release()
    {
        if (!IsOpen)
        {
            return;
        }

        try
        {
            machine.Next(UpperLayerEvent.ReleaseRequest); // AR-1
            wire.Send(Upper.Release.WriteRq());
            while (machine.State != UpperLayerState.Idle)
            {
                ReleaseStep();
            }
        }
        catch (Exception e) when (e is WireException or PduFault)
        {
            TrySend(wire, new Abort(AbortCodes.ServiceUser, AbortCodes.NotSpecified).Write());
        }
        finally
        {
            wire.Dispose();
            broken = true;
        }
    }

    /// <summary>Aborts an association that was not released, and closes.</summary>
    public void Dispose()
    {
        if (!broken)
        {
            Break();
        }

        wire.Dispose();
    }

    private static IChannel Open(PeerAddress peer, ClientOptions options)
    {
        Socket socket = OpenSocket(peer, options);
        try
        {
            return options.Tls is { } tls ? TlsChannel.Connect(socket, peer.Host, tls, options.Time) : new SocketChannel(socket, options.QuickAck);
        }
        catch (WireException e)
        {
            socket.Dispose();
            throw new AssociationException($"No TLS connection to {peer}: {e.Message}.", transient: true, e);
        }
    }

    private static Socket OpenSocket(PeerAddress peer, ClientOptions options)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SendTimeout = (int)options.Send.TotalMilliseconds;

            // A blocking connect on another thread keeps the socket a blocking one: no event loop between us and the answers.
            Task connect = Task.Run(() => socket.Connect(peer.Host, peer.Port));
            if (!((IAsyncResult)connect).AsyncWaitHandle.WaitOne(options.Connect))
            {
                _ = connect.ContinueWith(t => t.Exception, TaskScheduler.Default);
                throw new AssociationException($"No connection to {peer} within {options.Connect.TotalSeconds:0.#} s.", transient: true);
            }

            connect.GetAwaiter().GetResult();
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new AssociationException($"No connection to {peer}: {e.Message}.", transient: true, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static AssociateAc Answer(UpperLayerMachine machine, Wire wire, ClientOptions options)
    {
        var reader = new PduReader(wire, null, options.MaxPduBytes, new MessageReceiver(_ => false, 0, 0, new MessageQueue(0)));
        UpperLayerEvent @event = reader.Next(options.Associate);
        switch (machine.Next(@event))
        {
            case UpperLayerAction.AE3:
                return AssociateAc.Parse(reader.Body());
            case UpperLayerAction.AE4:
                AssociateRj reject = AssociateRj.Parse(reader.Body());
                throw new AssociationException($"The peer {reject.InWords()}.", reject.Result == AssociateRj.Transient);
            case UpperLayerAction.AA3:
                throw new AssociationException($"The peer {Abort.Parse(reader.Body()).InWords()}.", transient: true);
            case UpperLayerAction.AA4:
                throw new WireException(false, "the peer closed the connection");
            default:
                throw new PduFault(AbortCodes.ServiceProvider, AbortCodes.UnexpectedPdu, $"unexpected PDU: {@event}");
        }
    }

    /// <summary>The peer's answers. A transfer syntax that was not proposed is no acceptance (PS3.8 section 9.3.3.2.2).</summary>
    private static IReadOnlyList<PresentationContext> Answered(AssociationRequest request, AssociateAc ac) =>
    [
        .. request.Contexts.Select(c => ac.Contexts.FirstOrDefault(a => a.Id == c.Id) switch
        {
            null => c.Refuse(PresentationContext.NoReason),
            { IsAccepted: true, Accepted: { } syntax } => c.TransferSyntaxes.Contains(syntax) ? c.Accept(syntax) : c.Refuse(PresentationContext.TransferSyntaxesNotSupported),
            { } answer => c.Refuse(answer.Result == PresentationContext.Acceptance ? PresentationContext.NoReason : answer.Result),
        }),
    ];

    private static void TrySend(Wire wire, byte[] bytes)
    {
        try
        {
            wire.Send(bytes);
        }
        catch (WireException)
        {
            // The connection is given up anyway.
        }
    }

    private PresentationContext? Find(string sopClassUid, string transferSyntaxUid) =>
        Contexts.FirstOrDefault(c => c.IsAccepted && c.AbstractSyntax == sopClassUid && c.Accepted == transferSyntaxUid);
}
