using System.IO.Compression;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// A deflated data set (PS3.5 annex A.5) inflated forward, within an <see cref="InflateBudget"/>. The standard asks for a bare deflate
/// stream (RFC 1951); one with the header of zlib (RFC 1950) is read as well. The source stays open.
/// </summary>
internal sealed class InflatedStream : ForwardStream
{
    private readonly InflateBudget budget;
    private readonly DeflateStream inflater;
    private long position;

    /// <param name="source">Stands at the deflated bytes and can seek.</param>
    /// <param name="mostBytes">Inflated bytes that may be read in all.</param>
    public InflatedStream(Stream source, long mostBytes)
    {
        budget = new InflateBudget(mostBytes);
        long start = source.Position;
        Span<byte> first = stackalloc byte[ZlibHeader.Needed];
        HasZlibHeader = ZlibHeader.StartsWith(first[..source.ReadAtLeast(first, first.Length, throwOnEndOfStream: false)]);
        source.Position = HasZlibHeader ? start + ZlibHeader.Size : start;
        inflater = new DeflateStream(new Counted(source, budget), CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>A header of zlib, which does not belong there, was passed over.</summary>
    public bool HasZlibHeader { get; }

    /// <summary>Inflated bytes read so far.</summary>
    public override long Position { get => position; set => throw new NotSupportedException(); }

    /// <exception cref="DicomFormatException">The bytes are not deflated, or grow beyond the bounds.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (budget.Exceeded is { } rule)
        {
            throw new DicomFormatException($"{rule}; at byte {position}.", position);
        }

        try
        {
            int read = inflater.Read(buffer);
            budget.Give(read);
            position += read;
            return read;
        }
        catch (InvalidDataException)
        {
            throw new DicomFormatException($"The data set is not deflated as RFC 1951 says (PS3.5 A.5); at byte {position} of what could be inflated.", position);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inflater.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The source, with what is taken from it told to the budget.</summary>
    private sealed class Counted(Stream source, InflateBudget budget) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            int read = source.Read(buffer);
            budget.Take(read);
            return read;
        }
    }
}
