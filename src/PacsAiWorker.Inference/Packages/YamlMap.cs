using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace PacsAiWorker.Inference.Packages;

/// <summary>
/// One mapping of a YAML file, read key by key. Every error begins with file:line; <see cref="Done"/> refuses keys that nobody
/// read, so that a misspelt setting cannot be silently ignored, and proposes the nearest one that was asked for.
/// </summary>
internal sealed class YamlMap
{
    private readonly YamlMappingNode _node;
    private readonly string _file, _path;
    private readonly long _line;
    private readonly HashSet<string> _read = [], _asked = [];

    private YamlMap(YamlMappingNode node, string file, string path, long line) => (_node, _file, _path, _line) = (node, file, path, line);

    /// <exception cref="PackageException">Not YAML, or not one mapping.</exception>
    public static YamlMap Parse(string text, string file) => new(Root(text, file), file, "", 1);

    /// <summary>The tree of a file that holds one mapping.</summary>
    /// <exception cref="PackageException">Not YAML, or not one mapping.</exception>
    public static YamlMappingNode Root(string text, string file)
    {
        var stream = new YamlStream();
        try
        {
            CheckDepth(text, file);
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new PackageException($"{file}:{e.Start.Line}: is not YAML: {e.Message.TrimEnd('.')}; correct the line.", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The parser's answer to some files that end inside a list, a mapping or a number of a character.
            throw new PackageException($"{file}:1: is not YAML: a list, mapping or text is not closed; copy the file again or correct it.", e);
        }
        if (stream.Documents.Count != 1 || stream.Documents[0].RootNode is not YamlMappingNode root)
            throw new PackageException($"{file}:1: must hold one mapping of keys to values; the demonstration package shows the form.");
        return root;
    }

    /// <summary>This mapping with the values of another in the place of its own; errors still name the line in which a value was written.</summary>
    public YamlMap Under(YamlMap other, IReadOnlyCollection<string> without)
    {
        var together = new YamlMappingNode();
        foreach (var (key, value) in _node.Children.Where(c => !other._node.Children.ContainsKey(c.Key)).Concat(other._node.Children))
            if (!without.Contains(key.ToString()))
                together.Add(key, value);
        return new YamlMap(together, _file, "", other._node.Start.Line);
    }

    public bool Has(string key)
    {
        _asked.Add(key);
        return _node.Children.ContainsKey(new YamlScalarNode(key));
    }

    public string Text(string key) => Scalar(Value(key), key);

    public string? OptionalText(string key) => Has(key) ? Text(key) : null;

    public string OneOf(string key, params string[] allowed)
    {
        var text = Text(key);
        return allowed.Contains(text) ? text : throw Wrong(Value(key), key, $"is '{text}'; allowed: {string.Join(", ", allowed)}");
    }

    public double Number(string key) => Number(Value(key), key);

    public double? OptionalNumber(string key) => Has(key) ? Number(key) : null;

    public int Whole(string key) =>
        Whole(Value(key), key) is var n and >= int.MinValue and <= int.MaxValue ? (int)n : throw Wrong(Value(key), key, "must be smaller than 2147483648");

    public long Long(string key) => Whole(Value(key), key);

    public bool Flag(string key, bool absent) =>
        !Has(key) ? absent : OneOf(key, "true", "false") == "true";

    public DateOnly Date(string key) =>
        DateOnly.TryParseExact(Text(key), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw Wrong(Value(key), key, "must be a date like 2028-01-31");

    public string[] Texts(string key) => [.. Items(key).Select(n => Scalar(n, key))];

    public double[] Numbers(string key) => [.. Items(key).Select(n => Number(n, key))];

    public long[] Longs(string key) => [.. Items(key).Select(n => Whole(n, key))];

    public YamlMap Map(string key) => Map(Value(key), key);

    public YamlMap[] Maps(string key) => [.. Items(key).Select(n => Map(n, key))];

    /// <summary>A key that somebody else reads.</summary>
    public void Touch(string key) => Value(key);

    /// <summary>This mapping with one text in the place of its own.</summary>
    public YamlMap With(string key, string text)
    {
        var changed = new YamlMappingNode(_node.Children.Where(c => c.Key.ToString() != key));
        changed.Add(key, text);
        return new YamlMap(changed, _file, _path, _line);
    }

    /// <summary>An error at the line of a key that was read.</summary>
    public PackageException Wrong(string key, string what) => Wrong(Value(key), key, what);

    /// <exception cref="PackageException">A key was never read.</exception>
    public void Done()
    {
        foreach (var (key, _) in _node.Children)
        {
            if (key is YamlScalarNode { Value: { } name } && _read.Contains(name))
                continue;
            var remedy = NearestName.Of(key.ToString(), _asked) is { } near
                ? $"write '{near}' if that is meant, or remove it"
                : $"remove it; known here: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}";
            throw new PackageException($"{_file}:{key.Start.Line}: unknown key '{_path}{key}'; {remedy}.");
        }
    }

    private YamlNode Value(string key)
    {
        _asked.Add(key);
        _read.Add(key);
        return _node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : throw Missing(key);
    }

    /// <summary>What is missing is often there under a misspelt name.</summary>
    private PackageException Missing(string key)
    {
        var near = NearestName.Of(key, _node.Children.Keys.OfType<YamlScalarNode>().Select(k => k.Value ?? "").Where(k => !_asked.Contains(k)));
        return new($"{_file}:{_line}: key '{_path}{key}' is missing; "
            + (near is null ? "add it." : $"add it, or correct '{_path}{near}' if that is meant."));
    }

    /// <summary>The reader calls itself for each level, and a stack that overflows ends the process: deep files are refused before.</summary>
    private static void CheckDepth(string text, string file)
    {
        const int MostLevels = 16;
        var parser = new Parser(new StringReader(text));
        for (var depth = 0; parser.MoveNext(); depth += parser.Current!.NestingIncrease)
        {
            if (depth > MostLevels)
                throw new PackageException($"{file}:{parser.Current!.Start.Line}: lists and mappings lie more than {MostLevels} deep; no card needs that, correct it.");
            if (parser.Current is YamlDotNet.Core.Events.AnchorAlias)
                throw new PackageException($"{file}:{parser.Current.Start.Line}: aliases ('*name') are not read in a card; write the value out.");
        }
    }

    private IEnumerable<YamlNode> Items(string key) =>
        Value(key) is YamlSequenceNode list ? list.Children : throw Wrong(Value(key), key, "must be a list, like [1, 2]");

    private YamlMap Map(YamlNode node, string key) =>
        node is YamlMappingNode map ? new YamlMap(map, _file, $"{_path}{key}.", map.Start.Line) : throw Wrong(node, key, "must be a mapping, like { name: value }");

    private string Scalar(YamlNode node, string key) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Wrong(node, key, "must be a text or number");

    private double Number(YamlNode node, string key) =>
        double.TryParse(Scalar(node, key), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw Wrong(node, key, "must be a number, like 0.5");

    private long Whole(YamlNode node, string key) =>
        long.TryParse(Scalar(node, key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(node, key, "must be a whole number, like 224");

    private PackageException Wrong(YamlNode node, string key, string what) =>
        new($"{_file}:{node.Start.Line}: '{_path}{key}' {what}.");
}
