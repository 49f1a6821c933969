using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Routing;

/// <summary>Reads <c>routing</c> of model.yaml.</summary>
internal static class RoutingReader
{
    private const int OldestAsked = 120;

    /// <exception cref="PackageException">Names file, line and remedy.</exception>
    public static RoutingRule Read(YamlMap map, bool isRouter)
    {
        var rule = new RoutingRule
        {
            Modalities = map.Texts("modality"),
            Age = map.Has("age") ? Age(map, map.Map("age")) : null,
            SecondaryCaptures = map.Flag("secondaryCaptures", true),
            BurnedInText = map.Flag("burnedInText", true),
            All = Match(map),
            AnyOf = Matches(map, "anyOf"),
            NoneOf = Matches(map, "noneOf"),
        };
        if (!map.Flag("bMode", true))
            throw map.Wrong("bMode", "must be true: this version scores B-mode images only");
        if (isRouter && rule.AsksForViews)
            throw map.Wrong(map.Has("views") ? "views" : "anyOf", "asks for a view, but this package is the router that tells it; remove 'views'");
        map.Done();
        return rule;
    }

    private static AgeRule Age(YamlMap routing, YamlMap map)
    {
        int? from = map.Has("from") ? map.Whole("from") : null, to = map.Has("to") ? map.Whole("to") : null;
        if (from is null && to is null || !(from ?? 0).IsAge() || !(to ?? OldestAsked).IsAge() || from > to)
            throw routing.Wrong("age", $"needs 'from' or 'to', completed years from 0 to {OldestAsked}, the youngest first");
        map.Done();
        return new(from, to);
    }

    private static bool IsAge(this int years) => years is >= 0 and <= OldestAsked;

    private static RoutingMatch[] Matches(YamlMap routing, string key) => !routing.Has(key) ? [] :
    [
        .. routing.Maps(key).Select(map =>
        {
            var match = Match(map);
            map.Done();
            return match.IsEmpty ? throw routing.Wrong(key, "holds an entry that asks for nothing; remove it") : match;
        }),
    ];

    private static RoutingMatch Match(YamlMap map)
    {
        string[] Texts(string key) => map.Has(key) ? map.Texts(key) is { Length: > 0 } texts ? texts : throw map.Wrong(key, "must hold a value") : [];

        string[] Words(string key) => Texts(key) is var words && words.All(w => DescriptionWords.Split(w).Count > 0)
            ? words : throw map.Wrong(key, "holds an entry without a letter or digit");

        var match = new RoutingMatch
        {
            ImageTypes = Texts("imageType"),
            Words = Words("words"),
            Views = Texts("views"),
            Sexes = Texts("sex"),
            Manufacturers = Words("manufacturer"),
            Transducers = Texts("transducer"),
        };
        if (match.Sexes.FirstOrDefault(s => s is not ("F" or "M" or "O" or RoutingMatch.Silent)) is { } sex)
            throw map.Wrong("sex", $"holds '{sex}'; allowed: F, M, O, {RoutingMatch.Silent}");
        return match;
    }
}
