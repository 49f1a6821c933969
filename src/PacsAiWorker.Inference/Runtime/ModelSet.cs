using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>The packages at one moment. Never changes: an image is scored by one set from beginning to end.</summary>
/// <param name="Models">Those that run, in the order of their ids and versions. See <see cref="Leads"/>.</param>
/// <param name="Refused">Those that do not, in the order of their folders.</param>
public sealed record ModelSet(IReadOnlyList<LoadedModel> Models, IReadOnlyList<RefusedPackage> Refused)
{
    /// <summary>Nothing is installed.</summary>
    public static ModelSet Empty { get; } = new([], []);

    /// <summary>The model of this name: an id, for its leading version, or id@version; null when there is none.</summary>
    public LoadedModel? Find(string name) => Models.FirstOrDefault(m => m.Name == name) ?? Models.FirstOrDefault(m => m.Card.Id == name && Leads(m));

    /// <summary>
    /// Whether it is the version that its bare id means: the lowest of those that are installed, a release before any candidate; the others stand
    /// beside it as its shadows. One that is refused still leads: what stands beside it must not speak in its place unasked.
    /// </summary>
    public bool Leads(LoadedModel model) => Models.Select(m => m.Card)
        .Concat(Refused.Where(r => r.Reason != NotScoredReason.WeightsNotInstalled).Select(r => r.Card).OfType<ModelCard>())
        .Where(c => c.Id == model.Card.Id).All(c => PackageVersion.Compare(model.Card.Version, c.Version) <= 0);

    /// <summary>Why nothing runs that may run soon: the runtime or the device is missing; null when something runs, or nothing is to be waited for.</summary>
    public RefusedPackage? Awaited => Models.Count > 0 ? null
        : Refused.FirstOrDefault(r => r.Reason is NotScoredReason.RuntimeMissing or NotScoredReason.DeviceUnavailable);

    /// <summary>Those of the models that a person stopped, by identity, each with the sentence that its images get.</summary>
    public IReadOnlyDictionary<string, string> Suspended { get; init; } = new Dictionary<string, string>();

    /// <summary>Those of them that a person has recalled, by identity.</summary>
    public IReadOnlySet<string> Recalled { get; init; } = new HashSet<string>();
}

/// <summary>A package that is not in use.</summary>
/// <param name="Folder">Name of its folder.</param>
/// <param name="ModelId">Its id, when the card could be read.</param>
/// <param name="Reason">The reason that its images get.</param>
/// <param name="Why">One sentence with the remedy.</param>
public sealed record RefusedPackage(string Folder, string? ModelId, NotScoredReason Reason, string Why)
{
    /// <summary>What model.yaml says, when it could be read.</summary>
    public ModelCard? Card { get; init; }

    /// <summary>Digest over all files, when the card could be read.</summary>
    public string? Identity { get; init; }
}
