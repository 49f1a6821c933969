using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Demo;

namespace PacsAiWorker.Tests.Inference.Packages;

/// <summary>A models directory with copies of the shipped package that a test may damage.</summary>
internal sealed class PackageFolder : IDisposable
{
    public string Models { get; } = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(Models, recursive: true);

    public string Add(string name)
    {
        var folder = Path.Combine(Models, name);
        var source = Path.Combine(SourceTree.Path("models"), "demo-phantom");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return folder;
    }

    /// <summary>Adds a copy whose card has a text replaced.</summary>
    public string Add(string name, string find, string replacement)
    {
        var folder = Add(name);
        var path = Path.Combine(folder, "model.yaml");
        var text = File.ReadAllText(path);
        if (!text.Contains(find, StringComparison.Ordinal))
            throw new InvalidOperationException($"'{find}' is not in the card");
        File.WriteAllText(path, text.Replace(find, replacement, StringComparison.Ordinal));
        return folder;
    }
}
