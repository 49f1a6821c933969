using System.IO.Compression;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Inflates a data set (PS3.5 annex A.5) while it arrives in pieces, within an <see cref="InflateBudget"/>. Holds two buffers of 8 KiB
/// and the window of the algorithm.
/// </summary>
internal sealed class PushInflater : IDisposable
{
    private const int BufferBytes = 8 * 1024;

    private readonly InflateBudget budget;
    private readonly Piece piece = new();
    private readonly byte[] output = new byte[BufferBytes];
    private readonly byte[] first = new byte[ZlibHeader.Needed];
    private int firstBytes;
    private DeflateStream? inflater;

    /// <param name="mostBytes">Inflated bytes in all.</param>
    public PushInflater(long mostBytes) => budget = new InflateBudget(mostBytes);

    /// <summary>Takes inflated bytes; false if it wants no more.</summary>
    public delegate bool Taker(ReadOnlySpan<byte> inflated);

    /// <summary>Inflates the next piece; what comes out goes to <paramref name="take"/>. Never throws on what it is fed.</summary>
    /// <returns>Why it cannot go on; null if it can.</returns>
    public string? Inflate(ReadOnlySpan<byte> bytes, Taker take)
    {
        if (inflater is null)
        {
            int missing = Math.Min(first.Length - firstBytes, bytes.Length);
            bytes[..missing].CopyTo(first.AsSpan(firstBytes));
            firstBytes += missing;
            bytes = bytes[missing..];
            if (firstBytes < first.Length)
            {
                return null;
            }

            inflater = new DeflateStream(piece, CompressionMode.Decompress);
            if (Pump(first.AsSpan(ZlibHeader.StartsWith(first) ? ZlibHeader.Size : 0), take) is { } reason)
            {
                return reason;
            }
        }

        return Pump(bytes, take);
    }

    public void Dispose()
    {
        inflater?.Dispose();
        piece.Dispose();
    }

    private string? Pump(ReadOnlySpan<byte> bytes, Taker take)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                int count = piece.Fill(bytes);
                bytes = bytes[count..];
                budget.Take(count);
                while (inflater!.Read(output) is > 0 and var read)
                {
                    budget.Give(read);
                    if (!take(output.AsSpan(0, read)) || budget.Exceeded is not null)
                    {
                        return budget.Exceeded;
                    }
                }
            }

            return null;
        }
        catch (InvalidDataException)
        {
            return "the data set is not deflated as RFC 1951 says (PS3.5 A.5)";
        }
    }

    /// <summary>The piece at hand. At its end it gives nothing, which the inflater takes as "nothing now" and asks again later.</summary>
    private sealed class Piece : ForwardStream
    {
        private readonly byte[] bytes = new byte[BufferBytes];
        private int start;
        private int end;

        /// <summary>Takes as much as there is room for.</summary>
        public int Fill(ReadOnlySpan<byte> next)
        {
            (start, end) = (0, Math.Min(next.Length, bytes.Length));
            next[..end].CopyTo(bytes);
            return end;
        }

        public override int Read(Span<byte> buffer)
        {
            int read = Math.Min(buffer.Length, end - start);
            bytes.AsSpan(start, read).CopyTo(buffer);
            start += read;
            return read;
        }
    }
}
