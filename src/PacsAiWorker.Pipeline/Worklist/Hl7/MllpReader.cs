namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>Frames of one connection, one after the other, however the network cut them. What a peer sends is never kept beyond one frame.</summary>
/// <param name="mostBytes">Size of a message at which the peer is refused.</param>
/// <param name="frameTime">From the first byte of a frame to its end.</param>
public sealed class MllpReader(Stream stream, int mostBytes, TimeSpan frameTime, TimeProvider clock)
{
    private const int MostBetween = 64;

    private readonly byte[] _buffer = new byte[4096];
    private int _at;
    private int _end;

    /// <summary>The next message without its frame; null when the peer closed between frames.</summary>
    /// <exception cref="MllpException">No frame, too long, too slow, or cut off.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        if (!await BeginAsync(cancellation))
        {
            return null;
        }

        using var late = new CancellationTokenSource(frameTime, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        var message = new MemoryStream();
        try
        {
            while (true)
            {
                if (_at == _end && !await FillAsync(both.Token))
                {
                    throw new MllpException("the peer closed in the middle of a message");
                }

                var rest = _buffer.AsSpan(_at, _end - _at);
                var end = rest.IndexOf(Mllp.End);
                var part = end < 0 ? rest : rest[..end];
                if (message.Length + part.Length > mostBytes)
                {
                    throw new MllpException($"a message of more than {mostBytes} bytes");
                }

                message.Write(part);
                _at += end < 0 ? rest.Length : end + 1;
                if (end >= 0)
                {
                    // The carriage return behind it may come later or never: it is passed over before the next frame.
                    return message.ToArray();
                }
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new MllpException($"a message was not whole within {frameTime.TotalSeconds:0} s");
        }
    }

    /// <summary>Passes over line ends up to the start of a frame; false when the peer closed.</summary>
    private async Task<bool> BeginAsync(CancellationToken cancellation)
    {
        for (var passed = 0; ; passed++)
        {
            if (_at == _end && !await FillAsync(cancellation))
            {
                return false;
            }

            var next = _buffer[_at++];
            if (next == Mllp.Start)
            {
                return true;
            }

            if (next is not (Mllp.CarriageReturn or (byte)'\n') || passed == MostBetween)
            {
                throw new MllpException("what arrived is not framed: a message begins with the byte 0BH (MLLP)");
            }
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellation)
    {
        (_at, _end) = (0, await stream.ReadAsync(_buffer, cancellation));
        return _end > 0;
    }
}

/// <summary>A peer does not keep to the frame. The text quotes nothing of what it sent.</summary>
public sealed class MllpException(string message) : Exception(message);
