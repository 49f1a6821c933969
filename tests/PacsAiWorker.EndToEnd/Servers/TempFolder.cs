namespace PacsAiWorker.EndToEnd.Servers;

/// <summary>A new folder that other accounts may pass through (PostgreSQL runs under its own); removed at the end.</summary>
internal sealed class TempFolder : IDisposable
{
    private const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private bool _kept;

    public TempFolder(string purpose)
    {
        Path = Directory.CreateTempSubdirectory($"pacsai-e2e-{purpose}-").FullName;
        File.SetUnixFileMode(Path, Open);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Folder(string name) => Directory.CreateDirectory(this[name]).FullName;

    /// <summary>Not removed at the end; its path.</summary>
    public string Keep()
    {
        _kept = true;
        return Path;
    }

    public void Dispose()
    {
        if (_kept)
        {
            return;
        }

        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A process that is just ending may still write a file: once more, then let it be.
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException)
            {
            }
        }
    }
}
