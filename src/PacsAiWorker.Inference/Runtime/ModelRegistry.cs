using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Inference.Runtime.Trials;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>
/// The packages of one models directory and the device that runs them. Looked at again, it loads what was added or changed beside what
/// runs, and closes what is gone once its last image is through. One bad package stops no other, nor the one it was to replace.
/// </summary>
public sealed class ModelRegistry : IDisposable
{
    /// <summary>A folder at the last look: what runs of it, and what does not.</summary>
    /// <param name="Stamp">Of its files.</param>
    /// <param name="Model">What runs.</param>
    /// <param name="Refused">What does not.</param>
    /// <param name="MayCome">What it lacks may come without a change of the folder.</param>
    private sealed record Known(string Stamp, LoadedModel? Model, RefusedPackage? Refused = null, bool MayCome = false);

    private const string Gone = "gone";

    /// <summary>How often a package is tried again that lacks something outside of its folder.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private readonly string _directory;
    private readonly RuntimeOptions _options;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, string> _restless = [];
    private readonly Lazy<DeviceExecutor> _executor = new(Begun);
    private SortedDictionary<string, Known> _folders = new(StringComparer.Ordinal);
    private OrtLibrary? _library;
    private bool _hasLooked;
    private long _triedAgain;

    private ModelRegistry(string directory, RuntimeOptions options, TimeProvider clock) => (_directory, _options, _clock) = (directory, options, clock);

    /// <summary>What scores images now.</summary>
    public ModelSet Current { get; private set; } = ModelSet.Empty;

    /// <summary>A registry that has not looked yet.</summary>
    /// <param name="directory">One folder a package; a directory that does not exist is an empty one.</param>
    /// <param name="options">Where and how networks run.</param>
    /// <param name="clock">For review dates.</param>
    public static ModelRegistry Of(string directory, RuntimeOptions options, TimeProvider clock) => new(directory, options, clock);

    /// <summary>A registry that uses what the directory holds now.</summary>
    /// <inheritdoc cref="Of"/>
    public static ModelRegistry Load(string directory, RuntimeOptions options, TimeProvider clock)
    {
        var registry = new ModelRegistry(directory, options, clock);
        registry.Current = registry.Look() ?? ModelSet.Empty;
        return registry;
    }

    /// <summary>
    /// Looks at the directory: loads what is new or changed, each package after it was tried in a process apart. What is still being copied
    /// is left until it has stood still from one look to the next; only the first look takes everything as it stands.
    /// </summary>
    /// <returns>What there is to use now; null when nothing changed.</returns>
    /// <exception cref="IOException">The directory cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it be.</exception>
    public ModelSet? Look()
    {
        if (!Directory.Exists(_directory) && _folders.Values.Any(f => f.Model is not null))
            throw new DirectoryNotFoundException($"{_directory} is not there; what was loaded from it goes on");
        var folders = new SortedDictionary<string, Known>(StringComparer.Ordinal);
        var keys = _options.Signatures.TrustedKeys is { } trusted ? FolderStamp.Of(trusted) : "";
        var isChanged = !_hasLooked;
        var isTimeAgain = _clock.GetElapsedTime(_triedAgain) >= Again;
        if (isTimeAgain)
            _triedAgain = _clock.GetTimestamp();
        using var trials = new PackageTrials(_options);
        foreach (var folder in Directory.Exists(_directory) ? Directory.GetDirectories(_directory).Where(IsPackage).Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
        {
            var before = _folders.GetValueOrDefault(folder);
            var stamp = FolderStamp.Of(folder) + keys;
            if (before is not null && before.Stamp == stamp && !(isTimeAgain && (before.MayCome || before.Model?.Queue.Trouble is not null)))
                folders[folder] = before;
            else if (_hasLooked && before?.Stamp != stamp && !StandsStill(folder, stamp))
            {
                if (before is not null)
                    folders[folder] = before;
            }
            else
            {
                var others = folders.Values.Concat(_folders.Where(f => f.Key != folder && !folders.ContainsKey(f.Key) && Directory.Exists(f.Key)).Select(f => f.Value));
                var now = Load(folder, stamp, before?.Model, trials, others.Select(o => o.Model).OfType<LoadedModel>());
                folders[folder] = now;
                isChanged |= now != before;
            }
        }
        foreach (var (folder, before) in _folders.Where(f => !folders.ContainsKey(f.Key)))
            if (StandsStill(folder, Gone))
                isChanged = true;
            else
                folders[folder] = before;
        (_folders, _hasLooked) = (folders, true);
        if (!isChanged)
            return null;
        var models = folders.Values.Select(f => f.Model).OfType<LoadedModel>();
        return new ModelSet(
            [.. models.OrderBy(m => m.Card.Id, StringComparer.Ordinal).ThenBy(m => m.Card.Version, Comparer<string>.Create(PackageVersion.Compare))],
            [.. folders.Values.Select(f => f.Refused).OfType<RefusedPackage>()]);
    }

    /// <summary>Uses what a look found. What is used no more takes no further image, and is closed when those it has are through.</summary>
    public async Task UseAsync(ModelSet set)
    {
        var gone = Current.Models.Except(set.Models).ToList();
        Current = set;
        foreach (var model in gone)
            await model.Queue.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_executor.IsValueCreated)
            _executor.Value.Dispose();
    }

    /// <summary>Whether the review date has passed (the day itself still counts).</summary>
    internal static bool Expired(ModelCard card, TimeProvider clock) =>
        DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime) > card.ReviewBy;

    internal static string WithoutWeights(ModelCard card, string folder) =>
        $"{card.Id} has no weights installed: make a package of it with 'model train' or 'model build --from', or put model.onnx into {Path.GetFileName(folder)} with its digest in model.yaml.";

    internal static string ExpiredText(ModelCard card) =>
        $"{card.Id} was to be reviewed by {card.ReviewBy:yyyy-MM-dd}; install a reviewed package with a later date.";

    /// <summary>Not what is being written (.part), nor what training keeps beside its package (.work).</summary>
    private static bool IsPackage(string folder) => !folder.EndsWith(".part", StringComparison.Ordinal) && !folder.EndsWith(".work", StringComparison.Ordinal);

    private static DeviceExecutor Begun()
    {
        var executor = new DeviceExecutor(BatchOptions.Default, TimeProvider.System);
        executor.Start();
        return executor;
    }

    private bool StandsStill(string folder, string stamp)
    {
        if (_restless.Remove(folder, out var last) && last == stamp)
            return true;
        _restless[folder] = stamp;
        return false;
    }

    private Known Load(string folder, string stamp, LoadedModel? running, PackageTrials trials, IEnumerable<LoadedModel> others)
    {
        var name = Path.GetFileName(folder);
        ModelPackage? package = null;
        Known No(NotScoredReason reason, string why, LoadedModel? goesOn, bool mayCome = false) => new(stamp, goesOn,
            new(name, package?.Card.Id, reason, goesOn is null ? why : $"{why} Until then {goesOn.Card.Id} {goesOn.Card.Version} goes on, as it was before the folder was changed.")
            { Card = package?.Card, Identity = package?.Identity }, mayCome);
        try
        {
            var checks = new CheckList(TimeProvider.System);
            package = ModelPackage.Read(folder, checks);
            var card = package.Card;
            if (package.SignatureFault(_options.Signatures) is { } unsigned)
                return No(NotScoredReason.NoModelApplies, unsigned, null);
            if (running is { Queue.Trouble: null } && running.Identity == package.Identity)
                return new Known(stamp, running);
            if (!package.WeightsInstalled)
                return No(NotScoredReason.WeightsNotInstalled, WithoutWeights(card, folder), null);
            if (Expired(card, _clock))
                return No(NotScoredReason.PackageExpired, ExpiredText(card), running);
            if (others.Any(o => o.Card.Id == card.Id && o.Card.Version == card.Version))
                return No(NotScoredReason.NoModelApplies, $"{name} is {card.Id} {card.Version}, which another folder is already; remove one of them.", running, mayCome: true);
            package.Verify(checks, _options.Signatures);
            var library = _library ??= OrtLibrary.Load(_options.NativeLibraryPath, _options.ApplicationFolder);
            if (trials.Try(package, library) is { Reason: { } reason } verdict)
                return No(reason, verdict.Why, running, reason == NotScoredReason.DeviceUnavailable);
            var model = LoadedModel.Load(package, library, _options, checks);
            try
            {
                model.Serve(_executor.Value, library, _options);
            }
            catch
            {
                model.Dispose();
                throw;
            }
            return new Known(stamp, model);
        }
        catch (PackageException e)
        {
            return No(NotScoredReason.NoModelApplies, e.Message, running);
        }
        catch (OrtLibraryException e)
        {
            return No(NotScoredReason.RuntimeMissing, e.Message, running, mayCome: true);
        }
        catch (DeviceUnavailableException e)
        {
            return No(NotScoredReason.DeviceUnavailable, e.Message, running, mayCome: true);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever is wrong with one package, the others go on.
            return No(NotScoredReason.NoModelApplies, $"{name} cannot be loaded ({e.GetType().Name}: {e.Message}); copy the package again.", running);
        }
    }
}
