using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Routing;

/// <summary>One condition of a card, held against one image.</summary>
/// <param name="Holds">Three-valued.</param>
/// <param name="Reason">The reason that an image gets when this is unknown and nothing else is in the way.</param>
/// <param name="Said">Why it does not hold, or why that is not known; without anything that a person typed into the header.</param>
internal sealed record Condition(Truth Holds, NotScoredReason Reason, Sentence Said)
{
    private Condition(Truth holds, NotScoredReason reason, Func<string> say) : this(holds, reason, new Sentence(say))
    {
    }

    /// <summary>Conditions that the card states, each weighed when it is its turn: the first that does not hold ends it.</summary>
    public static IEnumerable<Condition> Of(RoutingFacts facts, ModelCard card, ImageViews views)
    {
        var rule = card.Routing;
        if (rule.Age is { } age)
            yield return OfAge(age.Holds(facts.Age), card.Id, age);
        foreach (var condition in Of(rule.All, facts, card.Id, views))
            yield return condition;
        if (rule.AnyOf.Count > 0)
            yield return Any([.. rule.AnyOf.Select(m => Every([.. Of(m, facts, card.Id, views)]))]);
        foreach (var match in rule.NoneOf)
            if (Every([.. Of(match, facts, card.Id, views)]).Holds == Truth.Yes)
                yield return new(Truth.No, NotScoredReason.NoModelApplies, () => $"{card.Id} leaves such images out ({Words(match)})");
    }

    private static Condition OfAge(Truth holds, string id, AgeRule age) => new(holds, NotScoredReason.AgeUnknown, () => holds == Truth.No
        ? $"{id} takes {age.Words}, this one is not"
        : $"the age is not known for certain; {id} takes {age.Words}");

    /// <summary>The conditions of one match; none when it asks for nothing.</summary>
    private static IEnumerable<Condition> Of(RoutingMatch match, RoutingFacts facts, string id, ImageViews views)
    {
        if (match.ImageTypes.Count > 0)
            yield return Is("Image Type value 3", match.ImageTypes, facts.ImageType3, id);
        if (match.Words.Count > 0)
            yield return Has("the descriptions", match.Words, facts.Description, id);
        if (match.Sexes.Count > 0)
            yield return Is("the sex", match.Sexes, facts.Sex, id);
        if (match.Manufacturers.Count > 0)
            yield return Has("the manufacturer", match.Manufacturers, facts.Manufacturer, id);
        if (match.Transducers.Count > 0)
            yield return Is("the transducer", match.Transducers, facts.Transducer, id);
        if (match.Views.Count > 0)
            yield return Saw(match.Views, views, id);
    }

    private static Condition Is(string what, IReadOnlyList<string> wanted, string value, string id) => Judge(what, wanted, id,
        value.Length == 0 ? null : wanted.Contains(value, StringComparer.OrdinalIgnoreCase));

    private static Condition Has(string what, IReadOnlyList<string> wanted, DescriptionWords words, string id) => Judge(what, wanted, id,
        words.IsEmpty ? null : wanted.Any(w => w != RoutingMatch.Silent && words.Has(w)));

    /// <param name="matches">Null where the header is silent.</param>
    private static Condition Judge(string what, IReadOnlyList<string> wanted, string id, bool? matches)
    {
        return matches switch
        {
            true => new(Truth.Yes, NotScoredReason.NoModelApplies, Sentence.Empty),
            null when wanted.Contains(RoutingMatch.Silent) => new(Truth.Yes, NotScoredReason.NoModelApplies, Sentence.Empty),
            null => new(Truth.Unknown, NotScoredReason.NoModelApplies, () => $"the header does not say whether {what} {Verb()} one of {List()}, which {id} asks for"),
            false => new(Truth.No, NotScoredReason.NoModelApplies, () => $"{what} {Verb()} none of {List()}, which {id} asks for"),
        };

        string Verb() => what.StartsWith("the descriptions", StringComparison.Ordinal) ? "hold" : "is";

        string List() => string.Join(", ", wanted.Where(w => w != RoutingMatch.Silent));
    }

    private static Condition Saw(IReadOnlyList<string> wanted, ImageViews views, string id) =>
        wanted.Any(views.Seen.Contains) ? new(Truth.Yes, NotScoredReason.ViewUnknown, Sentence.Empty)
        : views.Complete ? new(Truth.No, NotScoredReason.ViewUnknown, () => $"the view router saw none of {string.Join(", ", wanted)}, which {id} asks for")
        : new(Truth.Unknown, NotScoredReason.ViewUnknown, () => $"no view router has told the view; {id} asks for {string.Join(", ", wanted)}");

    /// <summary>"And": what is not so outweighs what is unknown.</summary>
    private static Condition Every(IReadOnlyList<Condition> parts) => Together(parts, parts.Select(p => p.Holds).DefaultIfEmpty(Truth.Yes).Min());

    /// <summary>"Or": one that is so is enough.</summary>
    private static Condition Any(IReadOnlyList<Condition> parts) => Together(parts, parts.Max(p => p.Holds));

    private static Condition Together(IReadOnlyList<Condition> parts, Truth holds)
    {
        var telling = parts.Where(p => p.Holds == holds).ToList();
        var reason = telling.Any(p => p.Reason == NotScoredReason.ViewUnknown) ? NotScoredReason.ViewUnknown : NotScoredReason.NoModelApplies;
        return new(holds, reason, () => holds == Truth.Yes ? "" : string.Join("; ", telling.Select(p => p.Said.Text)));
    }

    private static string Words(RoutingMatch match) =>
        string.Join(", ", match.ImageTypes.Concat(match.Words).Concat(match.Sexes).Concat(match.Manufacturers).Concat(match.Transducers).Concat(match.Views));
}
