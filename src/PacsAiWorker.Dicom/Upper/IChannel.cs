namespace PacsAiWorker.Dicom.Upper;

/// <summary>Bytes to and from one peer, blocking: a TCP connection, TLS over one, or memory in tests.</summary>
internal interface IChannel : IDisposable
{
    /// <summary>At least one byte; 0 when the peer closed.</summary>
    /// <exception cref="WireException">Nothing came within <paramref name="allowed"/>, or the connection is lost.</exception>
    int Receive(Span<byte> into, TimeSpan allowed);

    /// <summary>Whether <see cref="Receive"/> has something to return within a time; false also where that cannot be known.</summary>
    bool HasBytes(TimeSpan within);

    /// <summary>All bytes.</summary>
    /// <exception cref="WireException">The peer is gone or takes nothing.</exception>
    void Send(ReadOnlySpan<byte> bytes);

    /// <summary>Wakes a <see cref="Receive"/> that waits on another thread: it sees the peer as closed. Sending still works.</summary>
    void StopReceiving();
}
