using PacsAiWorker.Testing;
using System.Security.Cryptography;
using System.Text;
using PacsAiWorker.Tests.House;
using YamlDotNet.RepresentationModel;

namespace PacsAiWorker.Tests.Chart;

/// <summary>One rendering of the chart, as committed: tests/golden/NAME.yaml.</summary>
internal sealed class GoldenManifest
{
    private const string Refresh = "bash tests/golden/refresh (with Helm 3 on the PATH, or HELM=/path/to/renderer)";

    private readonly string _name;

    private GoldenManifest(string name, IReadOnlyList<YamlMappingNode> objects)
    {
        _name = name;
        Objects = objects;
    }

    public IReadOnlyList<YamlMappingNode> Objects { get; }

    public YamlMappingNode StatefulSet => Single("StatefulSet");

    public YamlMappingNode Pod => (YamlMappingNode)StatefulSet.At("spec/template/spec")!;

    /// <summary>Init containers and containers.</summary>
    public IEnumerable<YamlMappingNode> Containers => Pod.Items("initContainers").Concat(Pod.Items("containers"));

    /// <summary>The worker's configuration as the pod sees it.</summary>
    public string AppSettings => Single("ConfigMap").Text("data/appsettings.json")!;

    private static string ChartFolder => SourceTree.Path("helm", "pacs-ai-worker");

    /// <summary>Names for which the chart has values in ci/.</summary>
    public static IEnumerable<string> Names => Directory.GetFiles(Path.Combine(ChartFolder, "ci"), "*-values.yaml")
        .Select(f => Path.GetFileName(f)[..^"-values.yaml".Length]).Order(StringComparer.Ordinal);

    public static GoldenManifest Read(string name)
    {
        var path = PathOf(name);
        Assert.True(File.Exists(path), $"{path} is missing. Make it: {Refresh}");
        var stream = new YamlStream();
        using var reader = File.OpenText(path);
        stream.Load(reader);
        return new GoldenManifest(name, [.. stream.Documents.Select(d => d.RootNode).OfType<YamlMappingNode>()]);
    }

    public IEnumerable<YamlMappingNode> Of(string kind) => Objects.Where(o => o.Text("kind") == kind);

    public YamlMappingNode Single(string kind) => Assert.Single(Of(kind));

    /// <summary>The digest in the file's first line must be that of the chart's files and this rendering's values.</summary>
    public void RequireFresh()
    {
        var said = File.ReadLines(PathOf(_name)).First().Split(' ')[^1];
        var files = Directory.GetFiles(ChartFolder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(ChartFolder, f).Replace('\\', '/')).Where(f => !f.StartsWith("ci/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Append($"ci/{_name}-values.yaml");
        // As `sha256sum FILES | sha256sum` gives it.
        var lines = string.Concat(files.Select(f => $"{Hex(File.ReadAllBytes(Path.Combine(ChartFolder, f)))}  {f}\n"));
        Assert.True(said == Hex(Encoding.UTF8.GetBytes(lines)), $"tests/golden/{_name}.yaml is not from this chart. Refresh it: {Refresh}");
    }

    private static string PathOf(string name) => SourceTree.Path("tests", "golden", name + ".yaml");

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

/// <summary>Short ways into YAML.</summary>
internal static class YamlNodes
{
    /// <summary>The node below a path such as <c>spec/template/spec</c>; null where it ends early.</summary>
    public static YamlNode? At(this YamlNode node, string path)
    {
        var at = node;
        foreach (var key in path.Split('/'))
        {
            if (at is not YamlMappingNode map || !map.Children.TryGetValue(new YamlScalarNode(key), out var child))
            {
                return null;
            }

            at = child;
        }

        return at;
    }

    public static string? Text(this YamlNode node, string path) => (node.At(path) as YamlScalarNode)?.Value;

    /// <summary>The mappings of a list; none where there is no list.</summary>
    public static IEnumerable<YamlMappingNode> Items(this YamlNode node, string path) =>
        (node.At(path) as YamlSequenceNode)?.OfType<YamlMappingNode>() ?? [];

    public static IReadOnlyList<string> Texts(this YamlNode node, string path) =>
        [.. (node.At(path) as YamlSequenceNode)?.OfType<YamlScalarNode>().Select(s => s.Value!) ?? []];

    public static IReadOnlyDictionary<string, string> Labels(this YamlNode node, string path) =>
        (node.At(path) as YamlMappingNode)?.ToDictionary(p => ((YamlScalarNode)p.Key).Value!, p => ((YamlScalarNode)p.Value).Value!) ?? [];
}
