using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Tests.Dicom.Upper;

/// <summary>An application that keeps what it is given and answers as the test says.</summary>
internal sealed class TestApplication : IAssociationHandler
{
    private readonly BlockingCollection<AssociationEnd> ends = [];
    private readonly BlockingCollection<string> refusals = [];

    public Func<AssociationRequest, AssociationDecision>? OnDecide { get; set; }

    public Func<StoreContext, StoreStart>? OnBegin { get; set; }

    public ConcurrentQueue<StoredObject> Stored { get; } = new();

    public ConcurrentQueue<string> Abandoned { get; } = new();

    public ConcurrentQueue<Exception> Failures { get; } = new();

    public IStoreService Store => new ImmediateStore(Begin);

    public IMppsService? Mpps { get; set; }

    public ICommitmentEvents? Commitment { get; set; }

    public AssociationEnd NextEnd() => Take(ends);

    public string NextRefusal() => Take(refusals);

    public AssociationDecision Decide(AssociationRequest request, IPAddress remote) => OnDecide?.Invoke(request) ?? AcceptAll(request);

    public static AssociationDecision AcceptAll(AssociationRequest request) => new AssociationDecision.Accept(PresentationContext.Negotiate(
        request.Contexts,
        uid => uid == SopClasses.Verification || SopClasses.AcceptedStorage.Contains(uid),
        uid => TransferSyntax.Find(uid) is not null));

    public void Ended(AssociationRequest request, AssociationEnd end) => ends.Add(end);

    public void Refused(IPAddress remote, string reason) => refusals.Add(reason);

    public void Failed(AssociationRequest request, Exception exception) => Failures.Enqueue(exception);

    public StoreStart Begin(StoreContext context) => OnBegin?.Invoke(context) ?? StoreStart.Into(new Sink(this, context));

    private static T Take<T>(BlockingCollection<T> from) =>
        from.TryTake(out T? value, TimeSpan.FromMinutes(1)) ? value : throw new TimeoutException("The listener did not report.");

    public sealed record StoredObject(StoreContext Context, byte[] Bytes, int Writes);

    public class Sink(TestApplication application, StoreContext context) : IStoreSink
    {
        private readonly List<byte> bytes = [];
        private int writes;

        public virtual void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
        {
            writes++;
            foreach (ReadOnlyMemory<byte> slice in slices)
            {
                bytes.AddRange(slice.Span);
            }
        }

        public virtual DimseResponse Complete()
        {
            application.Stored.Enqueue(new StoredObject(context, [.. bytes], writes));
            return DimseResponse.Success;
        }

        public void Abandon(string reason) => application.Abandoned.Enqueue(reason);
    }
}

/// <summary>A listener on a free port of the loopback with a <see cref="TestApplication"/>.</summary>
internal sealed class TestListener : IDisposable
{
    public TestListener(Func<ListenerOptions, ListenerOptions>? change = null)
    {
        var options = new ListenerOptions(IPAddress.Loopback, 0);
        Listener = new DicomListener(change?.Invoke(options) ?? options, Application);
        Listener.Start();
    }

    public TestApplication Application { get; } = new();

    public DicomListener Listener { get; }

    public PeerAddress Address => new("WORKER", "127.0.0.1", Listener.Port);

    public DicomClient Connect(params ProposedContext[] contexts) => DicomClient.Connect(Address, "CART", contexts);

    public DicomClient Connect(ClientOptions options, params ProposedContext[] contexts) => DicomClient.Connect(Address, "CART", contexts, options);

    public RawPeer Raw() => new(Listener.Port);

    public void Dispose() => Listener.Dispose();
}

/// <summary>A peer that sends whatever bytes the test wants.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly Socket socket;

    public RawPeer(int port)
        : this(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)) => socket.Connect(IPAddress.Loopback, port);

    /// <param name="from">An address of the loopback other than 127.0.0.1.</param>
    public RawPeer(int port, string from)
        : this(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
    {
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        socket.Connect(IPAddress.Loopback, port);
    }

    public RawPeer(Socket connected)
    {
        socket = connected;
        socket.NoDelay = true;
        socket.ReceiveTimeout = 60_000;
    }

    /// <summary>A peer that accepts one association and runs a script on it while the client does its part.</summary>
    public static async Task<T> Against<T>(Action<RawPeer> script, Func<PeerAddress, T> client)
    {
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        Task peer = Task.Run(() =>
        {
            using var raw = new RawPeer(listening.Accept());
            raw.AcceptAssociation();
            script(raw);
            while (raw.ReceiveOrClosed().Length > 0)
            {
                // until the client closes
            }
        });
        T result = await Task.Run(() => client(new PeerAddress("PEER", "127.0.0.1", ((IPEndPoint)listening.LocalEndPoint!).Port)));
        await peer;
        return result;
    }

    /// <summary>Reads a request and accepts every context in its first transfer syntax.</summary>
    public void AcceptAssociation()
    {
        AssociationRequest request = AssociationRequest.Parse(Receive().AsSpan(PduType.HeaderBytes));
        Send(new AssociateAc([.. request.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))], new UserInformation { MaxPdu = 16_384, Roles = request.Roles }).Write(request));
    }

    public byte[] ReceiveOrClosed()
    {
        try
        {
            return Receive();
        }
        catch (SocketException)
        {
            return [];
        }
    }

    /// <summary>The next command, its data set read and left out.</summary>
    public CommandSet ReceiveRequest()
    {
        // Command and data set of the client share a send, not a PDU.
        CommandSet command = ReceiveResponse();
        while (command.HasDataSet && (Receive()[DataTf.FrontBytes - 1] & DataTf.Last) == 0)
        {
            // until the last fragment
        }

        return command;
    }

    public RawPeer Message(byte context, CommandSet command, DataSet? dataSet)
    {
        command.DataSetType = dataSet is null ? CommandSet.NoDataSet : CommandSet.WithDataSet;
        Command(context, command);
        return dataSet is null ? this : Data(context, DataTf.Last, DataSetWriter.Encode(dataSet, TransferSyntax.ImplicitVrLittleEndian));
    }

    public RawPeer Send(params byte[] bytes)
    {
        socket.Send(bytes);
        return this;
    }

    public RawPeer Associate(params ProposedContext[] contexts)
    {
        Send(new AssociationRequest
        {
            CalledAe = "WORKER",
            CallingAe = "RAW",
            Contexts = [.. contexts.Select((c, i) => new PresentationContext((byte)((2 * i) + 1), c.AbstractSyntax, c.TransferSyntaxes))],
        }.Write());
        Assert(Receive()[0] == PduType.AssociateAc, "association not accepted");
        return this;
    }

    /// <summary>P-DATA-TF with one PDV; <paramref name="control"/> as PS3.8 annex E.2.</summary>
    public RawPeer Data(byte context, byte control, byte[] fragment)
    {
        byte[] pdu = new byte[DataTf.FrontBytes + fragment.Length];
        DataTf.WriteFront(pdu, context, control, fragment.Length);
        fragment.CopyTo(pdu, DataTf.FrontBytes);
        return Send(pdu);
    }

    public RawPeer Command(byte context, CommandSet command)
    {
        byte[] bytes = new byte[CommandSet.MaxBytes];
        int length = command.Write(bytes);
        return Data(context, DataTf.Command | DataTf.Last, bytes[..length]);
    }

    /// <summary>The next PDU whole; empty if the listener closed.</summary>
    public byte[] Receive()
    {
        byte[] header = new byte[6];
        if (!Fill(header))
        {
            return [];
        }

        byte[] body = new byte[BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(2))];
        Fill(body);
        return [.. header, .. body];
    }

    /// <summary>A-ABORT as (source, reason).</summary>
    public (byte Source, byte Reason) ReceiveAbort()
    {
        byte[] pdu = Receive();
        Assert(pdu.Length == 10 && pdu[0] == PduType.Abort, "no A-ABORT but " + Convert.ToHexString(pdu));
        return (pdu[8], pdu[9]);
    }

    public CommandSet ReceiveResponse()
    {
        byte[] pdu = Receive();
        Assert(pdu.Length > DataTf.FrontBytes && pdu[0] == PduType.DataTf, "no P-DATA-TF but " + Convert.ToHexString(pdu));
        return CommandSet.Parse(pdu.AsSpan(DataTf.FrontBytes));
    }

    public void CloseSending() => socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => socket.Dispose();

    private bool Fill(byte[] bytes)
    {
        for (int have = 0; have < bytes.Length;)
        {
            int read = socket.Receive(bytes.AsSpan(have));
            if (read == 0)
            {
                return false;
            }

            have += read;
        }

        return true;
    }

    private static void Assert(bool condition, string message) => Xunit.Assert.True(condition, message);
}
