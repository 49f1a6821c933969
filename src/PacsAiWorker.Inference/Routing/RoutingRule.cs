namespace PacsAiWorker.Inference.Routing;

/// <summary>The images that a package takes: <c>routing</c> in model.yaml. All that is stated must hold.</summary>
public sealed record RoutingRule
{
    /// <summary>Modalities (0008,0060).</summary>
    public required IReadOnlyList<string> Modalities { get; init; }

    /// <summary>Ages; null means any, also an unknown one.</summary>
    public AgeRule? Age { get; init; }

    /// <summary>Whether screens that were grabbed (SOP classes of secondary capture) are taken.</summary>
    public bool SecondaryCaptures { get; init; } = true;

    /// <summary>Whether images are taken whose header says that the device wrote text into the pixels.</summary>
    public bool BurnedInText { get; init; } = true;

    /// <summary>Holds for every image.</summary>
    public RoutingMatch All { get; init; } = RoutingMatch.Anything;

    /// <summary>At least one of these holds; none stated means no such condition.</summary>
    public IReadOnlyList<RoutingMatch> AnyOf { get; init; } = [];

    /// <summary>An image that is known to match one of these is left out.</summary>
    public IReadOnlyList<RoutingMatch> NoneOf { get; init; } = [];

    /// <summary>Whether a view router may have to speak before this package can be routed.</summary>
    public bool AsksForViews => AnyOf.Append(All).Any(m => m.Views.Count > 0);
}

/// <summary>Ages in completed years: "to 18" lasts until the day before the 19th birthday.</summary>
/// <param name="From">The youngest; null means from birth.</param>
/// <param name="To">The oldest; null means without end.</param>
public sealed record AgeRule(int? From, int? To)
{
    /// <summary>"patients of 18 years or younger".</summary>
    public string Words => (From, To) switch
    {
        (null, { } to) => $"patients of {to} years or younger",
        ({ } from, null) => $"patients of {from} years or older",
        _ => $"patients of {From} to {To} years",
    };

    internal Truth Holds(PatientAge age) =>
        age is not { Youngest: { } youngest, Oldest: { } oldest } ? Truth.Unknown
        : youngest >= (From ?? 0) && oldest <= (To ?? int.MaxValue) ? Truth.Yes
        : oldest < (From ?? 0) || youngest > (To ?? int.MaxValue) ? Truth.No
        : Truth.Unknown;
}

/// <summary>
/// Conditions on what a header or a view router says, each a list of which one value is enough; an empty list is no condition. The word
/// <see cref="Silent"/> in a list accepts a header that says nothing.
/// </summary>
public sealed record RoutingMatch
{
    /// <summary>Accepts a header that says nothing.</summary>
    public const string Silent = "unknown";

    /// <summary>No condition.</summary>
    public static RoutingMatch Anything { get; } = new();

    /// <summary>Asks for nothing.</summary>
    public bool IsEmpty => ImageTypes.Count + Words.Count + Views.Count + Sexes.Count + Manufacturers.Count + Transducers.Count == 0;

    /// <summary>Value 3 of Image Type (0008,0008), exactly, in any case.</summary>
    public IReadOnlyList<string> ImageTypes { get; init; } = [];

    /// <summary>Words or phrases in the descriptions, whole, in any case, with or without accents; "word*" is a beginning.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Classes or organs that a view router put among its two best.</summary>
    public IReadOnlyList<string> Views { get; init; } = [];

    /// <summary>F, M or O (0010,0040).</summary>
    public IReadOnlyList<string> Sexes { get; init; } = [];

    /// <summary>Manufacturers (0008,0070), by words.</summary>
    public IReadOnlyList<string> Manufacturers { get; init; } = [];

    /// <summary>Transducer types (0018,6031), exactly, in any case.</summary>
    public IReadOnlyList<string> Transducers { get; init; } = [];
}
