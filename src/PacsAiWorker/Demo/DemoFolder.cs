using PacsAiWorker.Commands;

namespace PacsAiWorker.Demo;

/// <summary>Where a demo writes. Only a folder that is empty or that a demo wrote is ever cleared.</summary>
internal sealed record DemoFolder(string Root)
{
    private const string Marker = ".pacs-ai-worker-demo";

    public string Data => Path.Combine(Root, "data");

    /// <summary>Configuration of the demo's worker.</summary>
    public string Configuration => Path.Combine(Root, "config.json");

    public string Pacs => Path.Combine(Root, "pacs");

    /// <exception cref="CommandException">The folder holds something else.</exception>
    public static DemoFolder Prepare(string path)
    {
        var folder = new DemoFolder(Path.GetFullPath(path));
        var marker = Path.Combine(folder.Root, Marker);
        if (Directory.Exists(folder.Root) && Directory.EnumerateFileSystemEntries(folder.Root).Any())
        {
            if (!File.Exists(marker))
            {
                throw new CommandException($"--out {path} is not empty and no demo wrote it: name another folder.");
            }

            Directory.Delete(folder.Root, recursive: true);
        }

        Directory.CreateDirectory(folder.Root);
        File.WriteAllText(marker, "Written by pacs-ai-worker demo; the next demo clears this folder.\n");
        return folder;
    }
}
