using System.Text.RegularExpressions;

namespace PacsAiWorker.Inference.Packages;

/// <summary>
/// Reads <c>variants</c> of <c>model.yaml</c>: the other networks and views of a recipe. Each entry has a name and the keys in which it differs,
/// whole values each, and must give a card that can be read.
/// </summary>
internal static partial class CardVariants
{
    public const string Key = "variants";
    public const string Name = "name", Note = "note";
    private const string Id = "id";

    /// <summary>What a variant may differ in; identity, review date and what belongs to a network are the recipe's or the built package's.</summary>
    private static readonly string[] Allowed =
    [
        "architecture", "family", "intendedUse", "input", "colour", "roi", "resize", "scale", "mean", "std", "outputs", "featureOutput", "threshold",
        "aggregation", "triage", "routing", "protocol", "limits",
    ];

    /// <param name="root">The recipe.</param>
    /// <param name="weightsInstalled">A package with a network is one of them and has none.</param>
    /// <returns>Each variant, and the whole card that it gives.</returns>
    /// <exception cref="PackageException">Names file, line, key and remedy.</exception>
    public static List<(CardVariant Variant, YamlMap Card)> Read(YamlMap root, bool weightsInstalled)
    {
        if (!root.Has(Key))
            return [];
        if (weightsInstalled)
            throw root.Wrong(Key, "belongs to a recipe; a package with a network is one of them: remove the others");
        var entries = root.Maps(Key);
        var id = root.Text(Id);
        var variants = new List<(CardVariant, YamlMap)>();
        foreach (var entry in entries)
        {
            var name = entry.Text(Name);
            if (!NamePattern().IsMatch(name))
                throw entry.Wrong(Name, "must be 1 to 32 of a-z, 0-9 and '-'");
            if (variants.Any(v => v.Item1.Name == name))
                throw entry.Wrong(Name, $"is '{name}' twice; give each variant its own");
            var note = entry.OptionalText(Note) ?? "";
            foreach (var key in Allowed.Where(entry.Has))
                entry.Touch(key);
            entry.Done();
            var card = root.Under(entry, [Key, Name, Note]).With(Id, $"{id}-{name}");
            variants.Add((new CardVariant(name, card.Text("architecture"), note), card));
        }
        return variants;
    }

    [GeneratedRegex("^[a-z0-9-]{1,32}$")]
    private static partial Regex NamePattern();
}
