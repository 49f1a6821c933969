using PacsAiWorker.Native.Files;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>
/// The folder of received files: 256 shards, names made by us, never from received text. A file is <c>.part</c> until it is whole
/// and synced, then <c>.dcm</c>.
/// </summary>
public sealed class Spool
{
    public const string Partial = ".part";
    public const string Whole = ".dcm";

    /// <summary>Makes the folders and syncs them before the first file in them counts.</summary>
    public Spool(string dataDirectory)
    {
        Root = Path.GetFullPath(Path.Combine(dataDirectory, "spool"));
        SetAside = Path.Combine(Root, "unreadable");
        Directory.CreateDirectory(SetAside);
        for (var shard = 0; shard < 256; shard++)
        {
            Directory.CreateDirectory(Path.Combine(Root, shard.ToString("x2", null)));
        }

        Durable.SyncDirectory(Root);
        Durable.SyncDirectory(Path.GetDirectoryName(Root)!);
    }

    public string Root { get; }

    /// <summary>Where whole files go that nobody can read.</summary>
    public string SetAside { get; }

    /// <summary>Path below the root of an instance's file.</summary>
    public static string NameOf(Guid instance) => $"{instance.ToByteArray()[^1]:x2}/{instance:N}{Whole}";

    public string PathOf(string file) => Path.Combine(Root, file);

    /// <summary>The same content came again: its file goes, unless it is the one in use or that one is lost, which it then replaces.</summary>
    public void KeepOne(string again, string inUse)
    {
        if (again == inUse)
        {
            return;
        }

        if (File.Exists(PathOf(inUse)))
        {
            File.Delete(PathOf(again));
            return;
        }

        Durable.Rename(PathOf(again), PathOf(inUse));
        Durable.SyncDirectory(Path.GetDirectoryName(PathOf(inUse))!);
    }
}
