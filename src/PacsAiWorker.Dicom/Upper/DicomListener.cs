using System.Net;
using System.Net.Sockets;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>
/// Listens for associations (PS3.8). The accept loop only accepts; each association has one background thread of its own with a
/// blocking socket. The handler decides, this sends.
/// </summary>
public sealed class DicomListener : IAsyncDisposable, IDisposable
{
    private const int Backlog = 512;
    private const int StackBytes = 256 * 1024;

    private readonly ListenerOptions options;
    private readonly IAssociationHandler handler;
    private readonly AssociationCounts counts;
    private readonly ReceiveBuffers buffers = new();
    private readonly Refusals refusals;
    private readonly Lock gate = new();
    private readonly Dictionary<AssociationSession, Socket> sessions = [];
    private readonly SemaphoreSlim handshakes;
    private TaskCompletionSource empty = new();
    private Socket? listening;
    private bool stopping;

    public DicomListener(ListenerOptions options, IAssociationHandler handler)
    {
        this.options = options;
        this.handler = handler;
        counts = new AssociationCounts(options);
        refusals = new Refusals(options.Artim);
        handshakes = new SemaphoreSlim(options.Tls?.MaxHandshakes ?? 1);
    }

    /// <summary>The bound port, once started.</summary>
    public int Port { get; private set; }

    /// <summary>Associations that are open now.</summary>
    public int Open
    {
        get
        {
            lock (gate)
            {
                return sessions.Count;
            }
        }
    }

    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    public void Start()
    {
        var socket = new Socket(options.Bind.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (options.Bind.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(options.Bind, options.Port));
            socket.Listen(Backlog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        listening = socket;
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        new Thread(() => AcceptLoop(socket), StackBytes) { IsBackground = true, Name = "dicom-accept" }.Start();
    }

    /// <summary>
    /// Stops accepting and closes idle associations; messages that are running may finish within <paramref name="grace"/>, then
    /// their connections close. Returns when every association's thread has ended its work.
    /// </summary>
    public async Task StopAsync(TimeSpan grace)
    {
        KeyValuePair<AssociationSession, Socket>[] running;
        Task ended;
        lock (gate)
        {
            stopping = true;
            running = [.. sessions];
            ended = running.Length == 0 ? Task.CompletedTask : empty.Task;
        }

        listening?.Dispose();
        foreach ((AssociationSession session, Socket _) in running)
        {
            session.StopWhenIdle();
        }

        try
        {
            await ended.WaitAsync(grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach ((AssociationSession _, Socket socket) in running)
            {
                socket.Dispose();
            }

            await ended.ConfigureAwait(false);
        }
    }

    public void Dispose() => StopAsync(TimeSpan.Zero).GetAwaiter().GetResult();

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

    private void AcceptLoop(Socket socket)
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = socket.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (stopping)
                {
                    return;
                }

                // Out of descriptors, or the peer was gone before it was accepted: neither ends listening.
                Thread.Sleep(20);
                continue;
            }

            Take(accepted);
        }
    }

    private void Take(Socket socket)
    {
        IPAddress remote;
        try
        {
            socket.NoDelay = true;
            IPAddress address = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            remote = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return;
        }

        if (counts.Enter(remote) is { } reject && !GiveWay(remote))
        {
            handler.Refused(remote, reject.Rule);
            if (options.Tls is null)
            {
                refusals.Send(socket, reject);
                return;
            }

            socket.Dispose(); // a reject would cost a handshake, which is what the limit is to save
            return;
        }

        var session = new AssociationSession(() => Channel(socket), remote, buffers, counts, options, handler);
        lock (gate)
        {
            if (stopping)
            {
                socket.Dispose();
                return;
            }

            if (sessions.Count == 0)
            {
                empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            sessions.Add(session, socket);
        }

        try
        {
            new Thread(() => Serve(session, remote), StackBytes) { IsBackground = true, Name = "dicom-association" }.Start();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            Gone(session, remote);
            handler.Refused(remote, "no thread left");
        }
    }

    /// <summary>
    /// Connections that ask nothing must not lock out senders: one of the address that has most of them gives its place to an
    /// address that has fewer connections. Associations never do.
    /// </summary>
    private bool GiveWay(IPAddress remote)
    {
        Socket? silent;
        AssociationSession? session;
        lock (gate)
        {
            session = sessions.Keys.Where(s => s.IsSilent).GroupBy(s => s.Remote).MaxBy(g => g.Count())?.First();
            if (session is null || !counts.Move(session.Remote, remote))
            {
                return false;
            }

            sessions.Remove(session, out silent);
        }

        handler.Refused(session.Remote, "silent while all associations were taken: its place went to another address");
        silent?.Dispose();
        return true;
    }

    private IChannel Channel(Socket socket)
    {
        socket.SendTimeout = (int)options.WholePdu.TotalMilliseconds;
        return options.Tls is { } tls ? TlsChannel.Accept(socket, tls, handshakes, options.Time) : new SocketChannel(socket, options.QuickAck);
    }

    private void Serve(AssociationSession session, IPAddress remote)
    {
        try
        {
            session.Run();
        }
        finally
        {
            Gone(session, remote);
            session.Dispose();
        }
    }

    private void Gone(AssociationSession session, IPAddress remote)
    {
        lock (gate)
        {
            // What gave way was taken out and gave its place on then.
            if (sessions.Remove(session, out Socket? socket))
            {
                counts.Leave(remote);
                socket.Dispose();
            }

            if (sessions.Count == 0)
            {
                empty.TrySetResult();
            }
        }
    }
}
