using System.Collections.Concurrent;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Runtime.Trials;

/// <summary>
/// Has each package tried before it is loaded, once in the life of this process for one identity, one runtime and one configuration. A
/// process is started when the first package needs it, and anew after one that ended it.
/// </summary>
internal sealed class PackageTrials(RuntimeOptions options) : IDisposable
{
    private static readonly ConcurrentDictionary<(string Identity, string Library, RuntimeOptions Options), TrialVerdict> Known = [];

    private TrialProcess? _process;

    /// <summary>Gives the verdict on a package, as known or after a trial.</summary>
    /// <exception cref="OrtLibraryException">The process does not find ONNX Runtime.</exception>
    /// <exception cref="DeviceUnavailableException">No process can be started.</exception>
    public TrialVerdict Try(ModelPackage package, OrtLibrary library)
    {
        if (options.Trial is null)
            return new TrialVerdict(package.Identity, null, "");
        var key = (package.Identity, library.Sha256, options);
        if (Known.TryGetValue(key, out var known))
            return known;
        var verdict = Try(package.Folder, options.Trial);
        if (!verdict.Ended && verdict.Identity != package.Identity)
            return new TrialVerdict(verdict.Identity, NotScoredReason.NoModelApplies,
                $"{package.Card.Id} was changed while it was being read; copy packages into place whole, then restart.");
        // A device that is away may come back; a package stays what it is.
        if (verdict.Reason is null or NotScoredReason.NoModelApplies)
            Known[key] = verdict;
        return verdict;
    }

    /// <summary>Whether a process was needed.</summary>
    internal bool HasStarted => _process is not null;

    public void Dispose() => _process?.Dispose();

    private TrialVerdict Try(string folder, TrialOptions trial)
    {
        if (_process is not { IsAlive: true })
        {
            _process?.Dispose();
            _process = null;
            _process = TrialProcess.Start(options, trial);
        }

        return _process.Try(Path.GetFullPath(folder));
    }
}
