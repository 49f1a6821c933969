using System.Net;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>One accepted association on its own thread: reads PDUs, walks the state table, does what the actions say.</summary>
/// <param name="open">The channel; where there is TLS, its handshake happens here.</param>
internal sealed class AssociationSession(
    Func<IChannel> open, IPAddress remote, ReceiveBuffers buffers, AssociationCounts counts, ListenerOptions options, IAssociationHandler handler)
    : IDisposable
{
    private readonly UpperLayerMachine machine = new(requestor: false);
    private readonly Lock gate = new();
    private IChannel? channel;
    private Wire wire = null!;
    private PduReader reader = null!;
    private MessageServer? server;
    private volatile AssociationRequest? request;
    private AssociationEnd? end;
    private bool busy;
    private volatile bool stopping;
    private bool aeCounted;

    public IPAddress Remote => remote;

    /// <summary>Nothing was asked on this connection yet.</summary>
    public bool IsSilent => request is null;

    public void Run()
    {
        byte[]? buffer = null;
        try
        {
            IChannel opened = open();
            buffer = buffers.Rent();
            wire = new Wire(opened, buffer, options.Time);
            Opened(opened);
            Serve();
        }
        catch (WireException e)
        {
            Ended(e.TimedOut ? AssociationEndKind.TimedOut : AssociationEndKind.ConnectionLost, e.Message);
        }
#pragma warning disable CA1031 // A fault of ours ends this association, not the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Ended(AssociationEndKind.ConnectionLost, "fault: " + e.GetType().Name);
            Failed(e);
        }
        finally
        {
            wire?.Dispose();
            server?.End(end?.Reason ?? "the association ended");
            if (buffer is not null)
            {
                buffers.Return(buffer);
            }

            Report();
        }
    }

    /// <summary>Ends the association at once if it waits for a message, otherwise after the running one.</summary>
    public void StopWhenIdle()
    {
        IChannel? idle;
        lock (gate)
        {
            stopping = true;
            idle = busy ? null : channel;
        }

        idle?.StopReceiving();
    }

    public void Dispose() => wire?.Dispose();

    private void Opened(IChannel opened)
    {
        lock (gate)
        {
            channel = opened;
            if (!stopping)
            {
                return;
            }
        }

        opened.StopReceiving();
    }

    private void Serve()
    {
        machine.Next(UpperLayerEvent.TransportIndication); // AE-5: ARTIM runs
        reader = new PduReader(wire, null, options.MaxPduBytes, NoFragments.Instance);
        while (machine.State != UpperLayerState.Idle)
        {
            if (machine.State == UpperLayerState.AwaitingTransportClose)
            {
                // PS3.8 AA-6, AR-5, AA-2: whatever still comes is ignored until close or ARTIM. Nothing more is sent.
                wire.Allow(options.Artim);
                machine.Next(wire.Drain() ? UpperLayerEvent.TransportClosed : UpperLayerEvent.ArtimExpired);
                continue;
            }

            Step();
        }
    }

    private void Step()
    {
        try
        {
            UpperLayerEvent @event = reader.Next(machine.State == UpperLayerState.TransportOpen ? options.Artim : options.Idle);
            switch (machine.Next(@event))
            {
                case UpperLayerAction.AE6:
                    Associate();
                    break;
                case UpperLayerAction.DT2:
                    reader.Data();
                    AfterData();
                    break;
                case UpperLayerAction.AR2:
                    reader.Body();
                    server?.Settle();
                    Ended(AssociationEndKind.Released, "released");
                    machine.Next(UpperLayerEvent.ReleaseResponse); // AR-4
                    wire.Send(Release.WriteRp());
                    break;
                case UpperLayerAction.AA2 or UpperLayerAction.AA3:
                    Ended(AssociationEndKind.AbortedByPeer, AbortInWords());
                    break;
                case UpperLayerAction.AA4 or UpperLayerAction.AA5:
                    Closed();
                    break;
                case UpperLayerAction.AA1 or UpperLayerAction.AA8:
                    SendAbort(AbortCodes.ServiceProvider, AbortCodes.UnexpectedPdu, $"unexpected PDU: {@event}");
                    break;
            }
        }
        catch (PduFault fault)
        {
            UpperLayerEvent @event = fault.AbortSource == AbortCodes.ServiceUser ? UpperLayerEvent.AbortRequest : UpperLayerEvent.InvalidPdu;
            machine.Next(@event);
            SendAbort(fault.AbortSource, fault.AbortReason, fault.Message);
        }
        catch (WireException e) when (e.TimedOut && machine.State == UpperLayerState.TransportOpen)
        {
            Ended(AssociationEndKind.TimedOut, "no association request in time");
            machine.Next(UpperLayerEvent.ArtimExpired);
        }
        catch (WireException e) when (e.TimedOut && machine.State == UpperLayerState.Established)
        {
            Ended(AssociationEndKind.TimedOut, e.Message);
            machine.Next(UpperLayerEvent.AbortRequest);
            SendAbort(AbortCodes.ServiceUser, AbortCodes.NotSpecified, e.Message);
        }
    }

    /// <summary>AE-6, then AE-7 or AE-8 by what the application says.</summary>
    private void Associate()
    {
        AssociationRequest read = AssociationRequest.Parse(reader.Body());
        request = read;
        AssociationDecision.Reject? refusal = Protocol(read) ?? counts.EnterAe(read.CallingAe);
        aeCounted = refusal is null;
        AssociationDecision decision = refusal ?? Ask(read);
        if (decision is AssociationDecision.Accept accept)
        {
            machine.Next(UpperLayerEvent.AssociateAccept);
            Accept(read, accept);
            return;
        }

        var reject = (AssociationDecision.Reject)decision;
        machine.Next(UpperLayerEvent.AssociateReject);
        Ended(AssociationEndKind.Rejected, reject.Rule);
        wire.Send(new AssociateRj(reject.Result, reject.Source, reject.Reason).Write());
    }

    private static AssociationDecision.Reject? Protocol(AssociationRequest read) =>
        (read.ProtocolVersion & 1) == 0 ? AssociationDecision.ProtocolVersionNotSupported("protocol version")
        : read.ApplicationContext != AssociationRequest.DicomApplicationContext
            ? AssociationDecision.ApplicationContextNotSupported("application context")
            : null;

    private AssociationDecision Ask(AssociationRequest read)
    {
        try
        {
            return stopping ? AssociationDecision.TemporaryCongestion("stopping") : handler.Decide(read, remote);
        }
#pragma warning disable CA1031 // Whatever the application throws, the peer gets an answer and the listener lives on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failed(e);
            return AssociationDecision.TemporaryCongestion("the application failed");
        }
    }

    private void Accept(AssociationRequest read, AssociationDecision.Accept accept)
    {
        var user = new UserInformation
        {
            MaxPdu = (uint)options.MaxPduBytes,
            ImplementationClassUid = Part10.ImplementationClassUid,
            ImplementationVersionName = Part10.ImplementationVersionName,
            OperationsWindow = OperationsWindow.Answer(read.OperationsWindow, options.MaxOutstandingRequests),
            Roles = RoleSelection.Answer(read.Roles, accept.Roles, accept.Contexts),
            ExtendedNegotiations = [.. accept.ExtendedNegotiations.Where(e => read.ExtendedNegotiations.Any(r => r.SopClassUid == e.SopClassUid))],
            UserIdentityAnswer = read.UserIdentity is { PositiveResponseRequested: true } ? accept.UserIdentityAnswer : null,
        };
        server = new MessageServer(wire, read, remote, accept.Contexts, user, options, handler);
        reader = new PduReader(wire, options.WholePdu, options.MaxPduBytes, server.Receiver);
        server.Began = () => SetBusy(true);
        wire.Send(new AssociateAc(accept.Contexts, user).Write(read));
    }

    private void AfterData()
    {
        if (!server!.Receiver.InMessage && SetBusy(false))
        {
            server.Settle();
            machine.Next(UpperLayerEvent.AbortRequest);
            Ended(AssociationEndKind.Stopped, "stopping");
            wire.Send(new Abort(AbortCodes.ServiceUser, AbortCodes.NotSpecified).Write());
        }
    }

    /// <summary>Returns whether the association is to stop now.</summary>
    private bool SetBusy(bool value)
    {
        lock (gate)
        {
            busy = value;
            return stopping && !value;
        }
    }

    private void Closed()
    {
        if (stopping)
        {
            server?.Settle();
            Ended(AssociationEndKind.Stopped, "stopping");
            wire.Send(new Abort(AbortCodes.ServiceUser, AbortCodes.NotSpecified).Write());
            return;
        }

        Ended(AssociationEndKind.ConnectionLost, "the peer closed the connection without a release");
    }

    private void SendAbort(byte source, byte reason, string why)
    {
        Ended(AssociationEndKind.AbortedByUs, why);
        server?.End(why);
        wire.Send(new Abort(source, reason).Write());
    }

    private string AbortInWords()
    {
        try
        {
            return Abort.Parse(reader.Body()).InWords();
        }
        catch (Exception e) when (e is PduFault or WireException)
        {
            return "aborted";
        }
    }

    /// <summary>The first reason counts: what follows is its consequence.</summary>
    private void Ended(AssociationEndKind kind, string reason) => end ??= new AssociationEnd(kind, reason, server?.Messages ?? 0);

    private void Failed(Exception e)
    {
        if (request is not null)
        {
            handler.Failed(request, e);
        }
    }

    private void Report()
    {
        AssociationEnd how = end ?? new AssociationEnd(AssociationEndKind.ConnectionLost, "the association ended", 0);
        if (aeCounted)
        {
            counts.LeaveAe(request!.CallingAe);
        }

        try
        {
            if (request is null)
            {
                handler.Refused(remote, how.Reason);
            }
            else
            {
                handler.Ended(request, how);
            }
        }
#pragma warning disable CA1031 // As above: a report that fails must not end the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failed(e);
        }
    }

    /// <summary>Before an association there are no fragments: P-DATA-TF is refused by the state table.</summary>
    private sealed class NoFragments : IFragmentTaker
    {
        public static readonly NoFragments Instance = new();

        public void Begin(byte contextId, bool command, long length) => throw new InvalidOperationException();

        public void Piece(ReadOnlyMemory<byte> bytes) => throw new InvalidOperationException();

        public void End(bool last) => throw new InvalidOperationException();
    }
}
