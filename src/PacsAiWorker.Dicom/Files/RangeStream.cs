using Microsoft.Win32.SafeHandles;

namespace PacsAiWorker.Dicom.Files;

/// <summary>A stretch of a file as a stream of its own: read-only, seekable, unbuffered. Owns its handle.</summary>
internal sealed class RangeStream : Stream
{
    private readonly SafeFileHandle handle;
    private readonly long start;
    private readonly long length;

    private RangeStream(SafeFileHandle handle, long start, long length) => (this.handle, this.start, this.length) = (handle, start, length);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static RangeStream Open(FileRange range)
    {
        SafeFileHandle handle = File.OpenHandle(range.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long there = Math.Max(0, RandomAccess.GetLength(handle) - range.Offset);
        return new RangeStream(handle, range.Offset, range.Length < 0 ? there : Math.Min(there, range.Length));
    }

    /// <summary>Reads at a position of the stretch, until the destination is full or the stretch ends; several threads may.</summary>
    public int ReadAt(long position, Span<byte> destination)
    {
        destination = destination[..(int)Math.Clamp(length - position, 0, destination.Length)];
        int total = 0;
        while (total < destination.Length && RandomAccess.Read(handle, destination[total..], start + position + total) is > 0 and int read)
        {
            total += read;
        }

        return total;
    }

    public override int Read(Span<byte> buffer)
    {
        int read = ReadAt(Position, buffer);
        Position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = offset + (origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => Position, _ => length });

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            handle.Dispose();
        }

        base.Dispose(disposing);
    }
}
