namespace PacsAiWorker.EndToEnd.Line;

/// <summary>The demonstration package as it lies beside the program.</summary>
internal static class ShippedPackage
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "models", Installation.Model);

    /// <summary>Puts a copy of its files into a folder, which is made.</summary>
    public static void CopyTo(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    /// <summary>Puts it into a folder of packages under another version, all at once: another identity.</summary>
    public static void Install(string models, string version)
    {
        var copy = Path.Combine(models + "-copy", version);
        CopyTo(copy);
        var card = Path.Combine(copy, "model.yaml");
        File.WriteAllText(card, File.ReadAllText(card).Replace("version: 1.0.0", $"version: {version}", StringComparison.Ordinal));
        Directory.Move(copy, Path.Combine(models, version));
    }
}
