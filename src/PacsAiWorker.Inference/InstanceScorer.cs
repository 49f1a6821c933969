using PacsAiWorker.Inference.Runtime;

namespace PacsAiWorker.Inference;

/// <summary>From a stored file to exactly one final outcome.</summary>
public sealed class InstanceScorer(ModelRegistry registry, TimeProvider clock)
{
    /// <summary>Opens the Part-10 file, gates, crops and runs every model that applies. A damaged file is an outcome, not an error.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="DeviceUnavailableException">The device failed; try again later.</exception>
    public InstanceVerdict Score(string path, CancellationToken ct) => throw new NotSupportedException($"{registry} {clock} {path} {ct}");

    /// <summary>The same decisions without running a network.</summary>
    public InstanceInspection Inspect(string path) => throw new NotSupportedException(path);
}
