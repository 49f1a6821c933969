namespace PacsAiWorker.Dicom.Upper;

/// <summary>
/// A channel with one receive buffer, read in place. Time allowed is time spent waiting for the peer; our own work between
/// receives does not count. Whoever holds slices of the buffer sets <see cref="Held"/> and lets go in <see cref="BeforeReuse"/>.
/// </summary>
internal sealed class Wire(IChannel channel, byte[] buffer, TimeProvider time) : IDisposable
{
    /// <summary>Less room than this at the tail: start again at the front.</summary>
    private const int LeastRoom = 64 * 1024;

    /// <summary>A peer that sends on within this time is not silent.</summary>
    private static readonly TimeSpan Lull = TimeSpan.FromMilliseconds(1);

    private int start;
    private int end;
    private TimeSpan allowed;

    /// <summary>Slices of the buffer handed out are still in use.</summary>
    public bool Held { get; set; }

    /// <summary>Called before held bytes are overwritten: use them now.</summary>
    public Action? BeforeReuse { get; set; }

    /// <summary>Called before a receive that would have to wait for the peer; null while there is nothing to do then.</summary>
    public Action? BeforeSilence { get; set; }

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
    public void Send(ReadOnlySpan<byte> bytes) => channel.Send(bytes);

    public void Dispose() => channel.Dispose();

    private bool Fill(int count)
    {
        MakeRoom(count);
        if (allowed <= TimeSpan.Zero)
        {
            throw new WireException(true, "the peer is too slow");
        }

        if (BeforeSilence is { } act && !channel.HasBytes(Lull))
        {
            act();
        }

        long before = time.GetTimestamp();
        try
        {
            int received = channel.Receive(buffer.AsSpan(end), allowed);
            end += received;
            Received += received;
            return received > 0;
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
}
