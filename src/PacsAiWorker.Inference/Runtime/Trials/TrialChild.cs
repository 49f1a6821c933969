using System.Text;
using System.Text.Json;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference.Runtime.Trials;

/// <summary>
/// The process that tries packages: loads each as the worker would, tells of every check, forgets it, until the other side is gone. On a
/// processor it can write no file, and its memory is half of what there is.
/// </summary>
public static class TrialChild
{
    private const string CudaFile = "libonnxruntime_providers_cuda.so";

    /// <summary>Runs until the other end closes.</summary>
    /// <returns>The exit code.</returns>
    public static int Run()
    {
        using var signals = GroupSignals.Ignore();
        using var channel = PacketChannel.Inherited(ChildProcess.ChannelNumber);
        var buffer = new byte[PacketChannel.MostBytes];
        if (channel.Receive(buffer, Timeout.InfiniteTimeSpan, out var length, out _) != PacketOutcome.Received)
            return 2;
        var options = JsonSerializer.Deserialize<RuntimeOptions>(buffer.AsSpan(0, length), JsonSerializerOptions.Web)!;
        OrtLibrary library;
        try
        {
            library = OrtLibrary.Load(options.NativeLibraryPath, options.ApplicationFolder);
        }
        catch (OrtLibraryException error)
        {
            _ = channel.TrySend(TrialWord.Of(new TrialVerdict(null, NotScoredReason.RuntimeMissing, error.Message)));
            return 0;
        }

        // CUDA maps far more than it uses and keeps what it compiled in files.
        if (options.Provider == OrtProvider.Cpu || !File.Exists(Path.Combine(Path.GetDirectoryName(library.Path)!, CudaFile)))
            ProcessLimits.Confine(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
        var isHeard = channel.TrySend(TrialWord.Of(new TrialVerdict(null, null, "")));
        while (isHeard && channel.Receive(buffer, Timeout.InfiniteTimeSpan, out length, out _) == PacketOutcome.Received)
            isHeard = channel.TrySend(TrialWord.Of(Try(Encoding.UTF8.GetString(buffer, 0, length), library, options, channel)));
        return 0;
    }

    private static TrialVerdict Try(string folder, OrtLibrary library, RuntimeOptions options, PacketChannel channel)
    {
        ModelPackage? package = null;
        TrialVerdict Verdict(NotScoredReason? reason, string why) => new(package?.Identity, reason, why) { ReviewBy = package?.Card.ReviewBy };
        try
        {
            var checks = new CheckList(TimeProvider.System, check => channel.TrySend(TrialWord.Of(check)));
            package = ModelPackage.Read(folder, checks);
            if (!package.WeightsInstalled)
                return Verdict(NotScoredReason.WeightsNotInstalled, ModelRegistry.WithoutWeights(package.Card, folder));
            package.Verify(checks, options.Signatures);
            LoadedModel.Load(package, library, options, checks).Dispose();
            return Verdict(null, "");
        }
        catch (PackageException error)
        {
            return Verdict(NotScoredReason.NoModelApplies, error.Message);
        }
        catch (DeviceUnavailableException error)
        {
            return Verdict(NotScoredReason.DeviceUnavailable, error.Message);
        }
        catch (Exception error)
        {
            return Verdict(NotScoredReason.NoModelApplies, $"{Path.GetFileName(folder)} cannot be loaded ({error.GetType().Name}: {error.Message}); copy the package again.");
        }
    }
}
