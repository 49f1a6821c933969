using System.Buffers;

namespace PacsAiWorker.Dicom.Data;

/// <summary>A stream with look-ahead in one fixed buffer and a position. The end is known where the stream can seek.</summary>
internal sealed class ByteSource : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly Stream stream;
    private readonly byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int start;
    private int end;

    public ByteSource(Stream stream)
    {
        this.stream = stream;
        Position = stream.CanSeek ? stream.Position : 0;
        End = stream.CanSeek ? stream.Length : null;
    }

    /// <summary>Offset of the next byte in the stream.</summary>
    public long Position { get; private set; }

    /// <summary>Offset behind the last byte; null where the stream cannot tell.</summary>
    public long? End { get; }

    /// <summary>The next bytes without taking them: <paramref name="count"/> (at most 64), fewer only at the end.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (end - start < count)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
            while (end < count)
            {
                int read = stream.Read(buffer, end, BufferBytes - end);
                if (read == 0)
                {
                    break;
                }

                end += read;
            }
        }

        return buffer.AsSpan(start, Math.Min(count, end - start));
    }

    /// <summary>Takes bytes that were peeked.</summary>
    public void Take(int count)
    {
        start += count;
        Position += count;
    }

    /// <summary>Fills the whole destination; false at the end of the stream.</summary>
    public bool TryRead(Span<byte> destination)
    {
        int buffered = Math.Min(destination.Length, end - start);
        buffer.AsSpan(start, buffered).CopyTo(destination);
        Take(buffered);
        int rest = stream.ReadAtLeast(destination[buffered..], destination.Length - buffered, throwOnEndOfStream: false);
        Position += rest;
        return buffered + rest == destination.Length;
    }

    /// <summary>Passes over bytes; false if the stream ends first.</summary>
    public bool TrySkip(long count)
    {
        int buffered = (int)Math.Min(count, end - start);
        Take(buffered);
        count -= buffered;
        if (count > 0 && End is { } last)
        {
            long possible = Math.Min(count, last - Position);
            stream.Seek(possible, SeekOrigin.Current);
            Position += possible;
            return possible == count;
        }

        while (count > 0)
        {
            int read = stream.Read(buffer, 0, (int)Math.Min(count, BufferBytes));
            if (read == 0)
            {
                return false;
            }

            Position += read;
            count -= read;
        }

        return true;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}
