using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Fuzz;

/// <summary>A peer that has sent all it will ever send, in pieces, and then closed; it takes whatever comes.</summary>
internal sealed class MemoryChannel(byte[] input) : IChannel
{
    private const int Piece = 1000;
    private readonly List<char> kinds = [];
    private int at;

    public bool Closed { get; private set; }

    /// <summary>First byte of each send, at most sixteen.</summary>
    public string SentKinds => new([.. kinds]);

    public int Receive(Span<byte> into, TimeSpan allowed)
    {
        int count = Math.Min(Math.Min(into.Length, Piece), input.Length - at);
        input.AsSpan(at, count).CopyTo(into);
        at += count;
        return count;
    }

    public bool HasBytes(TimeSpan within) => true;

    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (kinds.Count < 16)
        {
            kinds.Add((char)('0' + bytes[0]));
        }
    }

    public void StopReceiving() => at = input.Length;

    public void Dispose() => Closed = true;
}
