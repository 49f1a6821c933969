using System.Net.Sockets;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>Nothing (more) came from the peer: it closed, or it was silent for too long.</summary>
internal sealed class WireException(bool timedOut, string message, Exception? inner = null) : Exception(message, inner)
{
    public bool TimedOut { get; } = timedOut;
}

/// <summary>
/// A blocking socket with one receive buffer, read in place. Time allowed is time spent waiting for the peer; our own work between
/// receives does not count. Whoever holds slices of the buffer sets <see cref="Held"/> and lets go in <see cref="BeforeReuse"/>.
/// </summary>
internal sealed class Wire(Socket socket, byte[] buffer, bool quickAck, TimeProvider time) : IDisposable
{
    // IPPROTO_TCP and TCP_QUICKACK of Linux. Not sticky: set again before each receive.
    private const int Tcp = 6;
    private const int TcpQuickAck = 12;

    /// <summary>Less room than this at the tail: start again at the front.</summary>
    private const int LeastRoom = 64 * 1024;

    private static readonly byte[] One = [1, 0, 0, 0];

    private readonly bool quickAck = quickAck && OperatingSystem.IsLinux();
    private int start;
    private int end;
    private TimeSpan allowed;
    private TimeSpan onSocket = TimeSpan.MinValue;

    /// <summary>Slices of the buffer handed out are still in use.</summary>
    public bool Held { get; set; }

    /// <summary>Called before held bytes are overwritten: use them now.</summary>
    public Action? BeforeReuse { get; set; }

    public int Buffered => end - start;

    /// <summary>Bytes received and time waited for them, in all.</summary>
    public long Received { get; private set; }

    public TimeSpan Waited { get; private set; }

    /// <summary>How long the peer may keep us waiting from now on, in all.</summary>
    public void Allow(TimeSpan span) => allowed = span;

    /// <summary>At least <paramref name="count"/> bytes side by side, not taken; false if the peer closed before the first of them.</summary>
    /// <exception cref="WireException">Closed in between, or too slow.</exception>
    public bool TryNeed(int count)
    {
        while (Buffered < count)
        {
            if (!Fill(count))
            {
                return Buffered == 0 ? false : throw new WireException(false, "the connection closed in the middle of a PDU");
            }
        }

        return true;
    }

    /// <inheritdoc cref="TryNeed"/>
    public ReadOnlyMemory<byte> Need(int count) =>
        TryNeed(count) ? buffer.AsMemory(start, count) : throw new WireException(false, "the connection closed in the middle of a PDU");

    /// <summary>Up to <paramref name="most"/> bytes, at least one; taken.</summary>
    public ReadOnlyMemory<byte> TakeSome(long most)
    {
        Need(1);
        int count = (int)Math.Min(most, Buffered);
        ReadOnlyMemory<byte> some = buffer.AsMemory(start, count);
        start += count;
        return some;
    }

    public void Take(int count) => start += count;

    /// <summary>Bytes of any number into memory of the caller's, for what does not fit the buffer.</summary>
    public void ReadInto(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            ReadOnlyMemory<byte> some = TakeSome(destination.Length);
            some.Span.CopyTo(destination);
            destination = destination[some.Length..];
        }
    }

    /// <summary>Throws away what comes until the peer closes or the allowed time is over. Whether it closed.</summary>
    public bool Drain()
    {
        try
        {
            do
            {
                start = end;
            }
            while (Fill(1));
            return true;
        }
        catch (WireException e)
        {
            return !e.TimedOut;
        }
    }

    /// <exception cref="WireException">The peer is gone or takes nothing.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[socket.Send(bytes)..];
            }
        }
        catch (SocketException e)
        {
            throw new WireException(IsTimeout(e), IsTimeout(e) ? "the peer takes no bytes" : "the connection is lost: " + e.SocketErrorCode, e);
        }
        catch (ObjectDisposedException e)
        {
            throw new WireException(false, "the connection was closed here", e);
        }
    }

    public void Dispose() => socket.Dispose();

    private bool Fill(int count)
    {
        MakeRoom(count);
        if (allowed <= TimeSpan.Zero)
        {
            throw new WireException(true, "the peer is too slow");
        }

        SetTimeout();
        if (quickAck)
        {
            QuickAck();
        }

        long before = time.GetTimestamp();
        try
        {
            int received = socket.Receive(buffer.AsSpan(end));
            end += received;
            Received += received;
            return received > 0;
        }
        catch (SocketException e)
        {
            throw new WireException(IsTimeout(e), IsTimeout(e) ? "the peer is silent" : "the connection is lost: " + e.SocketErrorCode, e);
        }
        catch (ObjectDisposedException e)
        {
            throw new WireException(false, "the connection was closed here", e);
        }
        finally
        {
            TimeSpan waited = time.GetElapsedTime(before);
            Waited += waited;
            allowed -= waited;
        }
    }

    private void MakeRoom(int count)
    {
        if (!Held && start == end)
        {
            start = end = 0;
        }

        // Held bytes go out while they are still in the processor's cache, at the latest when half the buffer is full.
        if (Held && buffer.Length - end < buffer.Length / 2)
        {
            BeforeReuse?.Invoke();
        }

        if (!Held && (start == end || buffer.Length - end < LeastRoom || start + count > buffer.Length))
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }
    }

    private void SetTimeout()
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

    private static bool IsTimeout(SocketException e) => e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock;
}
