using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Native.Files;

namespace PacsAiWorker.Spool;

/// <summary>What was found in a segment of an earlier life.</summary>
/// <param name="End">Where its records end.</param>
/// <param name="Records">Whole records.</param>
/// <param name="Torn">Records at its end whose bytes are not what they were: written, but not on the disk when the power went.</param>
/// <param name="Damaged">Stretches between records that hold none: the disk has lost what was on it.</param>
public sealed record Recovered(long End, int Records, IReadOnlyList<SpoolLocation> Torn, IReadOnlyList<(long From, long To)> Damaged);

/// <summary>Puts a segment that was not closed in order. May run any number of times, and be cut off at any point.</summary>
internal static class SegmentRecovery
{
    public static Recovered Run(SegmentState segment)
    {
        var heads = new List<RecordHead>();
        var torn = new List<RecordHead>();
        using var reader = SegmentReader.Open(segment);
        while (reader.Next() is { } head)
        {
            heads.Add(head);
        }

        // Everything before the last head's mark was on the disk before that head was written. Only what follows is in doubt.
        var certain = heads.Count > 0 ? heads[^1].Durable : 0;
        torn.AddRange(heads.Where(h => h.Position >= certain && !h.Erased && !reader.IsWhole(h)));
        using var file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        foreach (var head in torn)
        {
            Rewrite(file, head with { Erased = true });
        }

        if (RandomAccess.GetLength(file) != reader.Position || torn.Count > 0)
        {
            RandomAccess.SetLength(file, reader.Position);
            Durable.SyncFile(file);
        }

        return new Recovered(reader.Position, heads.Count(h => !h.Erased) - torn.Count, [.. torn.Select(h => h.Location)], [.. reader.Damaged.Where(d => d.From < certain)]);
    }

    public static void Erase(string path, SpoolLocation location)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var block = new byte[RecordHead.Bytes];
        _ = RandomAccess.Read(file, block, location.Position);
        var head = RecordHead.TryRead(block, location.Segment, location.Position)
            ?? throw new InvalidDataException($"{location} is not the place of a record");
        Rewrite(file, head with { Erased = true });
        Durable.Erase(file, location.Offset, location.Length);
        Durable.SyncFile(file);
    }

    private static void Rewrite(SafeFileHandle file, RecordHead head)
    {
        var block = new byte[RecordHead.Bytes];
        head.Write(block);
        RandomAccess.Write(file, block, head.Position);
    }
}
