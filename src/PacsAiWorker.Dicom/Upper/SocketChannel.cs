using System.Net.Sockets;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>A blocking TCP socket.</summary>
internal sealed class SocketChannel(Socket socket, bool quickAck) : IChannel
{
    // IPPROTO_TCP and TCP_QUICKACK of Linux. Not sticky: set again before each receive.
    private const int Tcp = 6;
    private const int TcpQuickAck = 12;

    private static readonly byte[] One = [1, 0, 0, 0];

    private readonly bool quickAck = quickAck && OperatingSystem.IsLinux();
    private TimeSpan onSocket = TimeSpan.MinValue;

    public int Receive(Span<byte> into, TimeSpan allowed)
    {
        SetTimeout(allowed);
        if (quickAck)
        {
            QuickAck();
        }

        try
        {
            return socket.Receive(into);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e, "the peer is silent");
        }
    }

    public bool HasBytes(TimeSpan within)
    {
        try
        {
            return socket.Available > 0 || socket.Poll(within, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false; // the next receive says what is wrong
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[socket.Send(bytes)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e, "the peer takes no bytes");
        }
    }

    public void StopReceiving() => StopReceiving(socket);

    public void Dispose() => socket.Dispose();

    public static void StopReceiving(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already, which is what was asked for.
        }
    }

    /// <summary>What a socket's exception says, in words.</summary>
    public static WireException Broken(Exception e, string whenTimedOut) => e switch
    {
        SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock } => new WireException(true, whenTimedOut, e),
        SocketException s => new WireException(false, "the connection is lost: " + s.SocketErrorCode, e),
        _ => new WireException(false, "the connection was closed here", e),
    };

    private void SetTimeout(TimeSpan allowed)
    {
        // One second of slack saves a system call on nearly every receive.
        if (onSocket < allowed || onSocket > allowed + TimeSpan.FromSeconds(1))
        {
            onSocket = allowed;
            socket.ReceiveTimeout = Math.Max(1, (int)Math.Min(allowed.TotalMilliseconds, int.MaxValue));
        }
    }

    private void QuickAck()
    {
        try
        {
            socket.SetRawSocketOption(Tcp, TcpQuickAck, One);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // An optimisation: without it the transfer is slow, not wrong.
        }
    }
}
