using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Inference.Runtime.Trials;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Runtime;

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

/// <summary>
/// The packages of one models directory: those that run, and those that do not with the reason. One bad package stops no other.
/// </summary>
public sealed class ModelRegistry : IDisposable
{
    private readonly DeviceExecutor _executor;

    private ModelRegistry(IReadOnlyList<LoadedModel> models, IReadOnlyList<RefusedPackage> refused, DeviceExecutor executor) =>
        (Models, Refused, _executor) = (models, refused, executor);

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<LoadedModel> Models { get; }

    /// <summary>In the order of their folders.</summary>
    public IReadOnlyList<RefusedPackage> Refused { get; }

    /// <summary>
    /// Loads every folder of <paramref name="modelsDirectory"/>, each after it was tried in a process apart. A directory that does not
    /// exist is an empty one.
    /// </summary>
    public static ModelRegistry Load(string modelsDirectory, RuntimeOptions options, TimeProvider clock)
    {
        var models = new List<LoadedModel>();
        var refused = new List<RefusedPackage>();
        var library = new Lazy<OrtLibrary>(() => OrtLibrary.Load(options.NativeLibraryPath, options.ApplicationFolder));
        using var trials = new PackageTrials(options);
        var folders = Directory.Exists(modelsDirectory) ? Directory.GetDirectories(modelsDirectory) : [];
        Array.Sort(folders, StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            var name = Path.GetFileName(folder);
            ModelPackage? package = null;
            void Refuse(NotScoredReason reason, string why) =>
                refused.Add(new(name, package?.Card.Id, reason, why) { Card = package?.Card, Identity = package?.Identity });
            try
            {
                var checks = new CheckList(TimeProvider.System);
                package = ModelPackage.Read(folder, checks);
                var card = package.Card;
                if (!package.WeightsInstalled)
                    Refuse(NotScoredReason.WeightsNotInstalled, WithoutWeights(card, folder));
                else if (Expired(card, clock))
                    Refuse(NotScoredReason.PackageExpired, ExpiredText(card));
                else if (models.Any(m => m.Card.Id == card.Id))
                    Refuse(NotScoredReason.NoModelApplies, $"{name} has the id {card.Id}, which another folder has already; remove one of them.");
                else
                {
                    package.Verify(checks);
                    if (trials.Try(package, library.Value) is { Reason: { } reason } verdict)
                        Refuse(reason, verdict.Why);
                    else
                        models.Add(LoadedModel.Load(package, library.Value, options, checks));
                }
            }
            catch (PackageException e)
            {
                Refuse(NotScoredReason.NoModelApplies, e.Message);
            }
            catch (OrtLibraryException e)
            {
                Refuse(NotScoredReason.RuntimeMissing, e.Message);
            }
            catch (DeviceUnavailableException e)
            {
                Refuse(NotScoredReason.DeviceUnavailable, e.Message);
            }
        }
        models.Sort((a, b) => string.CompareOrdinal(a.Card.Id, b.Card.Id));
        var executor = new DeviceExecutor(BatchOptions.Default, TimeProvider.System);
        foreach (var model in models)
            model.Serve(executor, library.Value, options);
        executor.Start();
        return new ModelRegistry(models, refused, executor);
    }

    /// <summary>Whether the review date has passed (the day itself still counts).</summary>
    internal static bool Expired(ModelCard card, TimeProvider clock) =>
        DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime) > card.ReviewBy;

    internal static string WithoutWeights(ModelCard card, string folder) =>
        $"{card.Id} has no weights installed: put model.onnx into {folder} with its digest in model.yaml.";

    internal static string ExpiredText(ModelCard card) =>
        $"{card.Id} was to be reviewed by {card.ReviewBy:yyyy-MM-dd}; install a reviewed package with a later date.";

    /// <inheritdoc/>
    public void Dispose()
    {
        _executor.Dispose();
        foreach (var model in Models)
            model.Dispose();
    }
}
