using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Native.Files;

namespace PacsAiWorker.Spool;

/// <summary>A segment that is written: records are appended by one writer at a time and become durable together.</summary>
internal sealed class Segment : IDisposable
{
    private readonly SafeFileHandle _file;
    private long _durable = SegmentFile.HeaderBytes;
    private bool _broken;

    private Segment(Guid id, string path, SafeFileHandle file) => (Id, Path, _file) = (id, path, file);

    public Guid Id { get; }

    public string Path { get; }

    /// <summary>Where the next record begins.</summary>
    public long End { get; private set; } = SegmentFile.HeaderBytes;

    /// <summary>Bytes that are on the disk for certain; read by others while this grows.</summary>
    public long Durable => Volatile.Read(ref _durable);

    /// <summary>Makes a segment of a prepared file, or a new one where there is none, and its name durable.</summary>
    /// <exception cref="IOException">No room, or the disk failed.</exception>
    public static Segment Create(string folder, string? prepared)
    {
        var id = Guid.CreateVersion7();
        var path = SegmentFile.PathOf(folder, id);
        if (prepared is not null)
        {
            Native.Files.Durable.Rename(prepared, path);
        }

        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            RandomAccess.Write(file, SegmentFile.Header(id), 0);
            Native.Files.Durable.SyncFile(file);
            Native.Files.Durable.SyncDirectory(folder);
            return new Segment(id, path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long position) => RandomAccess.Write(_file, bytes, position);

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices, long position) => RandomAccess.Write(_file, slices, position);

    /// <summary>Written bytes may start on their way to the disk.</summary>
    public void BeginWrite(long position, long length) => Native.Files.Durable.BeginWrite(_file, position, length);

    /// <summary>The record is whole: its head is written and the next begins behind it.</summary>
    public void Seal(RecordHead head)
    {
        Span<byte> bytes = stackalloc byte[RecordHead.Bytes];
        head.Write(bytes);
        RandomAccess.Write(_file, bytes, head.Position);
        End = head.End;
    }

    /// <summary>Waits until all sealed records are on the disk.</summary>
    /// <exception cref="IOException">The disk failed: nothing behind <see cref="Durable"/> may be counted on, ever.</exception>
    public void Sync()
    {
        var end = End;
        if (end <= _durable)
        {
            return;
        }

        try
        {
            Native.Files.Durable.SyncData(_file);
            Volatile.Write(ref _durable, end);
        }
        catch (IOException)
        {
            _broken = true;
            throw;
        }
    }

    /// <summary>Gives back what was prepared and not used. A segment without records goes altogether; a broken one is left as it is.</summary>
    public void Close()
    {
        if (_broken)
        {
            // What is on the disk behind the last sync nobody knows: the next start looks.
        }
        else if (End == SegmentFile.HeaderBytes)
        {
            File.Delete(Path);
        }
        else
        {
            RandomAccess.SetLength(_file, End);
            Native.Files.Durable.SyncFile(_file);
        }

        Dispose();
    }

    public void Dispose() => _file.Dispose();
}
