namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>Folders of one run, all on the disk that is measured; removed at the end.</summary>
internal sealed class Workspace : IDisposable
{
    private const long GB = 1_000_000_000;
    private static readonly string Sources = Path.Combine("tests", "PacsAiWorker.Benchmarks", "Receive", "native");

    private readonly string _root = Directory.CreateDirectory(Path.GetFullPath(Path.Combine("artifacts", "bench", "receive"))).FullName;
    private int _stores;

    /// <summary>Type of the file system, for example <c>ext4</c>.</summary>
    public string FileSystem => new DriveInfo(_root).DriveFormat;

    public string Sets => Folder("sets");

    /// <summary>A program or library that <see cref="CompileAsync"/> made.</summary>
    public string Tool(string name) => Path.Combine(Folder("bin"), name);

    /// <summary>A new, empty folder.</summary>
    public string NewStore() => Folder($"store-{Interlocked.Increment(ref _stores)}");

    /// <summary>The sender, the floors and the shims, from their sources.</summary>
    public async Task CompileAsync(CancellationToken cancellation)
    {
        var gcc = Programs.Find("gcc", "gcc");
        foreach (var program in new[] { "fastsend", "limit", "nosync" })
        {
            await Programs.RunAsync(gcc, ["-O2", "-Wall", "-pthread", "-o", Tool(program), Path.Combine(Sources, program + ".c")], cancellation);
        }

        await Programs.RunAsync(gcc, ["-O2", "-Wall", "-shared", "-fPIC", "-o", Tool("sync_on_close.so"), Path.Combine(Sources, "sync_on_close.c")], cancellation);
    }

    /// <summary>
    /// Writes a big file and deletes it. A virtual machine may get its memory page by page on first touch; without this the store that
    /// grows would pay for it and those that are emptied between cells would not.
    /// </summary>
    public async Task PrefillAsync(CancellationToken cancellation)
    {
        var bytes = Math.Min(4 * GB, Math.Min(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, new DriveInfo(_root).AvailableFreeSpace / 4));
        var path = Path.Combine(_root, "prefill");
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose);
        var block = new byte[1 << 20];
        for (long written = 0; written < bytes; written += block.Length)
        {
            await file.WriteAsync(block, cancellation);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
}
