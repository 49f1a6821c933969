using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;

namespace PacsAiWorker.Inference.Routing;

/// <summary>Whether one package runs on one image, and in one sentence why not.</summary>
/// <param name="Reason">Of the closed list; null when it runs.</param>
/// <param name="Said">Without anything that a person typed into the header; empty when it runs.</param>
internal sealed record RoutingVerdict(NotScoredReason? Reason, Sentence Said)
{
    public static readonly RoutingVerdict Runs = new(null, "");

    public RoutingVerdict(NotScoredReason? reason, string why) : this(reason, new Sentence(() => why))
    {
    }

    public string Why => Said.Text;

    public bool Applies => Reason is null;
}

/// <summary>
/// Pure: which package runs on which image. What is certain comes first: "age unknown" and "view unknown" are said only when nothing
/// else keeps the package from running, so that whoever finds the age knows that it matters.
/// </summary>
internal static class Router
{
    /// <param name="facts">What is known of the image.</param>
    /// <param name="card">The package.</param>
    /// <param name="crop">The scan area under the package's rule; null when that finds none.</param>
    /// <param name="views">What the routers said; <see cref="ImageViews.Unknown"/> before they did.</param>
    /// <param name="today">For the review date, UTC.</param>
    public static RoutingVerdict Decide(RoutingFacts facts, ModelCard card, Crop? crop, ImageViews views, DateOnly today)
    {
        if ((Barred(facts, card, today) ?? OfKind(facts, card)) is { } barred)
            return barred;
        List<Condition>? unknown = null;
        foreach (var condition in Condition.Of(facts, card, views))
        {
            if (condition.Holds == Truth.No)
                return new(NotScoredReason.NoModelApplies, condition.Said);
            if (condition.Holds == Truth.Unknown)
                (unknown ??= []).Add(condition);
        }
        return OfSize(card, crop) is { } size ? size
            : unknown is null ? RoutingVerdict.Runs
            : new(unknown.OrderBy(c => Rank(c.Reason)).First().Reason, new Sentence(() => string.Join("; ", unknown.OrderBy(c => Rank(c.Reason)).Select(c => c.Said.Text))));
    }

    /// <summary>
    /// Whether the image is one of the package's own although it gets no score: its pixels are at fault and every condition holds, or nothing but
    /// the age or the view is missing.
    /// </summary>
    /// <param name="verdict">Why the package does not run.</param>
    public static bool IsMeant(RoutingFacts facts, ModelCard card, ImageViews views, RoutingVerdict verdict, DateOnly today) => verdict.Reason switch
    {
        NotScoredReason.AgeUnknown or NotScoredReason.ViewUnknown => true,
        NotScoredReason.Codec or NotScoredReason.Corrupt or NotScoredReason.TooSmall or NotScoredReason.NoUsableRegion or NotScoredReason.Doppler or NotScoredReason.MMode =>
            Barred(facts with { Gate = null }, card, today) is null && OfKind(facts, card) is null && Condition.Of(facts, card, views).All(c => c.Holds == Truth.Yes),
        _ => false,
    };

    /// <summary>
    /// One verdict for the image: it runs when one package does; else the reason that tells most, with every sentence. The order of the
    /// packages does not matter.
    /// </summary>
    public static RoutingVerdict Together(IReadOnlyCollection<(string ModelId, RoutingVerdict Verdict)> verdicts)
    {
        if (verdicts.Any(v => v.Verdict.Applies))
            return RoutingVerdict.Runs;
        var ranked = verdicts.OrderBy(v => Rank(v.Verdict.Reason!.Value)).ThenBy(v => v.ModelId, StringComparer.Ordinal).ToList();
        return ranked.Count == 0 ? new(NotScoredReason.NoModelApplies, "no model package is installed")
            : new(ranked[0].Verdict.Reason, string.Join("; ", ranked.Select(v => v.Verdict.Why).Distinct()));
    }

    /// <summary>Of several reasons the one that tells most: first what somebody may find out, last that nothing fits.</summary>
    private static int Rank(NotScoredReason reason) => reason switch
    {
        NotScoredReason.AgeUnknown => 0,
        NotScoredReason.ViewUnknown => 1,
        NotScoredReason.PackageExpired or NotScoredReason.PackageSuspended or NotScoredReason.PackageRecalled => 2,
        NotScoredReason.NoModelApplies => int.MaxValue,
        _ => 3 + (int)reason,
    };

    private static RoutingVerdict? Barred(RoutingFacts facts, ModelCard card, DateOnly today) =>
        facts.Gate is { } gate ? new(gate, facts.GateDetail ?? gate.Text())
        : today > card.ReviewBy ? new(NotScoredReason.PackageExpired, ModelRegistry.ExpiredText(card))
        : card.Demonstration && !facts.IsPhantom
            ? new(NotScoredReason.NoModelApplies, "demonstration package scores phantoms only")
        : null;

    private static RoutingVerdict? OfKind(RoutingFacts facts, ModelCard card) =>
        !card.Routing.Modalities.Contains(facts.Modality)
            ? new(NotScoredReason.NoModelApplies, $"{card.Id} does not accept this modality")
        : facts.IsSecondaryCapture && !card.Routing.SecondaryCaptures
            ? new(NotScoredReason.UnsupportedObject, $"{card.Id} does not accept secondary captures")
        : facts.SaysBurnedIn && !card.Routing.BurnedInText
            ? new(NotScoredReason.BurnedInText, $"the header says that there is text in the pixels, which {card.Id} does not accept")
        : null;

    /// <summary>Whether the crop under a package's rule is one that it takes; null when it is.</summary>
    internal static RoutingVerdict? OfSize(ModelCard card, Crop? crop) =>
        crop is null ? new(NotScoredReason.NoUsableRegion, $"{card.Id} finds no region that its rules accept")
        : Math.Min(crop.Width, crop.Height) < card.MinSidePixels
            ? new(NotScoredReason.TooSmall, $"the scan area is {crop.Width} × {crop.Height} pixels; {card.Id} needs {card.MinSidePixels}")
        : null;
}
