using PacsAiWorker.Spool;

namespace PacsAiWorker.Tests.Spool;

/// <summary>
/// What a power cut may leave of a segment: every 512-byte sector that was written since the last sync holds any of the versions it had
/// since then, and the file has any of the lengths. The versions are read off the real file after each step of a real log.
/// </summary>
internal sealed class CrashStates(string path)
{
    private const int Sector = 512;

    private readonly List<byte[]> _versions = [File.Exists(path) ? Read(path) : []];

    /// <summary>Call after every step that may have written.</summary>
    public void Look() => _versions.Add(Read(path));

    /// <summary>Everything that was written is on the disk now.</summary>
    public void Synced()
    {
        var now = Read(path);
        _versions.Clear();
        _versions.Add(now);
    }

    /// <summary>One state: each sector drawn on its own, or each sector as it was at one moment.</summary>
    public byte[] Draw(Random random)
    {
        var length = _versions[random.Next(_versions.Count)].Length;
        var state = new byte[length];
        var moment = random.Next(3) == 0 ? random.Next(_versions.Count) : -1;
        var newest = random.Next(100);
        for (var at = 0; at < length; at += Sector)
        {
            var version = moment >= 0 ? moment : random.Next(100) < newest ? _versions.Count - 1 : random.Next(_versions.Count);
            var from = _versions[version];
            var count = Math.Clamp(from.Length - at, 0, Math.Min(Sector, length - at));
            from.AsSpan(Math.Min(at, from.Length), count).CopyTo(state.AsSpan(at));
        }

        return state;
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
