using System.Text;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Tests.Spool;

/// <summary>A log in a folder of its own, and the life after: what a process that died left is what the next one opens.</summary>
internal sealed class SpoolFolder : IDisposable
{
    public const int SegmentBytes = 256 * 1024;

    private readonly string _folder = Directory.CreateTempSubdirectory("spool").FullName;

    public string Root => Path.Combine(_folder, "spool");

    public SpoolLog Open(int spares = 0) => new(Root, new SpoolSizes(SegmentBytes, spares, HoldBytes: 1000));

    /// <summary>Writes a record of a prefix of 4 bytes and a body, without sync.</summary>
    public static SpoolLocation Write(Lane lane, byte[] body, Guid? id = null)
    {
        var writer = lane.Begin(id ?? Guid.NewGuid(), "HEAD"u8);
        writer.Write([.. body.Chunk(10_000).Select(c => (ReadOnlyMemory<byte>)c)]);
        return writer.Seal("note"u8.ToArray(), DateTime.UnixEpoch);
    }

    public static byte[] Body(int length, int seed = 1)
    {
        var body = new byte[length];
        new Random(seed).NextBytes(body);
        return body;
    }

    /// <summary>All that is read in the folder as somebody else reads it.</summary>
    public IReadOnlyList<RecordHead> Records() => [.. SpoolLog.List(Root).SelectMany(Records)];

    public static List<RecordHead> Records(SegmentState segment)
    {
        var heads = new List<RecordHead>();
        using var reader = SegmentReader.Open(segment);
        while (reader.Next() is { } head)
        {
            heads.Add(head);
        }

        return heads;
    }

    public byte[] Read(SpoolLocation location)
    {
        using var file = new FileStream(SpoolLog.PathOf(Root, location.Segment), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = location.Offset;
        var bytes = new byte[location.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Changes bytes behind the log's back.</summary>
    public void Damage(SpoolLocation location, long offset, string text)
    {
        using var file = new FileStream(SpoolLog.PathOf(Root, location.Segment), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.Position = location.Offset + offset;
        file.Write(Encoding.ASCII.GetBytes(text));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
