using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using YamlDotNet.RepresentationModel;

namespace PacsAiWorker.Inference.Packages;

/// <summary>
/// A package to be written: the card of a recipe with one of its variants laid over it, completed key by key, then written in one piece with
/// its network. What is written is read back, so a draft that gives no sound package leaves nothing behind.
/// </summary>
public sealed class PackageDraft
{
    private const string NetworkFile = ModelPackage.NetworkFile, GoldenInput = "golden/input.f32", GoldenOutput = "golden/output.f32", Part = ".part";

    /// <summary>Keys that speak of one network, which a draft does not take over.</summary>
    private static readonly string[] OfANetwork = ["sha256", "bytes", "golden", "evaluation", "calibration", CardVariants.Key];

    /// <summary>Of a whole package also what its network is made of; a recipe says it of the network to come.</summary>
    private const string Network = "network", Threshold = "threshold", Source = "source";

    private readonly YamlMappingNode _root;
    private readonly string _file;
    private readonly Dictionary<string, byte[]> _files = [];

    private PackageDraft(YamlMappingNode root, string file)
    {
        (_root, _file) = (root, file);
        Card = Read();
    }

    /// <summary>The card as it stands now.</summary>
    public ModelCard Card { get; private set; }

    /// <summary>Takes over the card of a folder.</summary>
    /// <param name="folder">A recipe, that is a package without weights, or a whole package.</param>
    /// <param name="variant">Name of one of its variants; null: the card as it stands.</param>
    /// <exception cref="PackageException">Names file, line and remedy.</exception>
    public static PackageDraft From(string folder, string? variant = null)
    {
        var file = Path.Combine(folder, CardReader.FileName);
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PackageException($"{file} cannot be read: {e.Message}; name a folder that holds a {CardReader.FileName}.", e);
        }
        var root = YamlMap.Root(text, file);
        var variants = CardReader.Read(WithoutNetwork(text, file), file, weightsInstalled: false).Variants;
        if (variant is not null && variants.All(v => v.Name != variant))
            throw new PackageException($"{file} has no variant '{variant}'; "
                + (variants.Count == 0 ? "it has none: leave the variant out." : $"take one of {string.Join(", ", variants.Select(v => v.Name))}, or none."));
        if (variant is not null)
            LayOver(root, variant);
        if (File.Exists(Path.Combine(folder, NetworkFile)))
        {
            root.Children.Remove(Network);
            if (root.Children.TryGetValue(Threshold, out var threshold) && threshold is YamlMappingNode cut)
                cut.Children[Source] = $"taken over from {root.Children["id"]} {root.Children["version"]}, not found for this network";
        }
        foreach (var key in OfANetwork)
            root.Children.Remove(key);
        return new PackageDraft(root, file);
    }

    /// <summary>Puts a value in the place of a key's own, or adds it.</summary>
    /// <param name="key">At the top of the card.</param>
    /// <param name="yaml">The value, as it would stand behind the key: <c>{ value: 0.61, source: training patients }</c>.</param>
    /// <exception cref="PackageException">The card cannot be read with it.</exception>
    public void Set(string key, string yaml)
    {
        _root.Children[key] = YamlMap.Root($"{key}: {yaml}", $"{_file} ({key})").Children[key];
        Card = Read();
    }

    /// <summary>Takes a key out.</summary>
    /// <param name="key">At the top of the card.</param>
    /// <exception cref="PackageException">The card cannot do without it.</exception>
    public void Remove(string key)
    {
        _root.Children.Remove(key);
        Card = Read();
    }

    /// <summary>Adds a file: a README.md, something below evaluation/.</summary>
    /// <param name="path">Below the package's folder, with '/' between.</param>
    /// <param name="content">Of the file.</param>
    public void Add(string path, byte[] content) => _files[path] = content;

    /// <summary>The golden pair, which proves each later load.</summary>
    /// <param name="input">One item of the input's shape.</param>
    /// <param name="output">One value a class, as the network gives it.</param>
    /// <param name="tolerance">Largest accepted absolute difference.</param>
    public void Golden(float[] input, float[] output, double tolerance)
    {
        Add(GoldenInput, MemoryMarshal.AsBytes<float>(input).ToArray());
        Add(GoldenOutput, MemoryMarshal.AsBytes<float>(output).ToArray());
        Set("golden", string.Create(CultureInfo.InvariantCulture, $"{{ input: {GoldenInput}, output: {GoldenOutput}, tolerance: {tolerance:R} }}"));
    }

    /// <summary>Writes the package: into FOLDER.part first, which becomes FOLDER when all is there and can be read.</summary>
    /// <param name="folder">Must not exist, or be empty.</param>
    /// <param name="networkFile">Becomes model.onnx.</param>
    /// <returns>The package, read back and checked on its own; whether the network fits its card shows when it is loaded.</returns>
    /// <exception cref="PackageException">The folder is in use, cannot be written, or the package is not sound.</exception>
    public ModelPackage Write(string folder, string networkFile)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new PackageException($"{folder} is not empty; name a folder that does not exist yet.");
        var part = folder + Part;
        try
        {
            Delete(part);
            Directory.CreateDirectory(part);
            var network = Path.Combine(part, NetworkFile);
            File.Copy(networkFile, network);
            using (var stream = File.OpenRead(network))
            {
                Set("sha256", Convert.ToHexStringLower(SHA256.HashData(stream)));
                Set("bytes", stream.Length.ToString(CultureInfo.InvariantCulture));
            }
            foreach (var (path, content) in _files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(part, path))!);
                File.WriteAllBytes(Path.Combine(part, path), content);
            }
            File.WriteAllText(Path.Combine(part, CardReader.FileName), "# Written by pacs-ai-worker. Any change makes it another package.\n" + Text());
            ModelPackage.Load(part);
            if (Directory.Exists(folder))
                Directory.Delete(folder);
            Directory.Move(part, folder);
            return ModelPackage.Load(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PackageException($"{folder} cannot be written: {e.Message}; name a folder whose parent may be written and has room.", e);
        }
        finally
        {
            Delete(part);
        }
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string WithoutNetwork(string text, string file)
    {
        var root = YamlMap.Root(text, file);
        return OfANetwork.SkipLast(1).Any(key => root.Children.Remove(key)) ? TextOf(root) : text;
    }

    private static void LayOver(YamlMappingNode root, string variant)
    {
        var entry = ((YamlSequenceNode)root.Children[CardVariants.Key]).Children.Cast<YamlMappingNode>()
            .Single(n => n.Children[CardVariants.Name].ToString() == variant);
        foreach (var (key, value) in entry.Children)
            if (key.ToString() is not (CardVariants.Name or CardVariants.Note))
                root.Children[key] = value;
        root.Children["id"] = $"{root.Children["id"]}-{variant}";
    }

    private ModelCard Read() => CardReader.Read(Text(), _file, weightsInstalled: false);

    private string Text() => TextOf(_root);

    private static string TextOf(YamlMappingNode root)
    {
        const string End = "...";
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(root)).Save(writer, assignAnchors: false);
        var text = writer.ToString().TrimEnd();
        return (text.EndsWith(End, StringComparison.Ordinal) ? text[..^End.Length] : text).TrimEnd() + "\n";
    }
}
