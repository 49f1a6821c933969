using System.Text;
using System.Text.Json;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference.Runtime.Trials;

/// <summary>The side of one process that tries packages which asks. For one thread at a time.</summary>
public sealed class TrialProcess : IDisposable
{
    private readonly TrialOptions _options;
    private readonly PacketChannel _channel;
    private readonly ChildProcess _process;
    private readonly byte[] _buffer = new byte[PacketChannel.MostBytes];

    private TrialProcess(TrialOptions options, PacketChannel channel, ChildProcess process) =>
        (_options, _channel, _process) = (options, channel, process);

    /// <summary>Whether the process still answers; one that ended or hung is of no use any more.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>Starts a process that tries packages as a worker with these options would load them.</summary>
    /// <param name="runtime">Where and how networks run.</param>
    /// <param name="options">Which program, and how long it may take.</param>
    /// <exception cref="Native.OnnxRuntime.OrtLibraryException">The process does not find ONNX Runtime.</exception>
    /// <exception cref="DeviceUnavailableException">It does not start or does not get ready in time.</exception>
    public static TrialProcess Start(RuntimeOptions runtime, TrialOptions options)
    {
        PacketChannel? channel = null;
        ChildProcess? process = null;
        try
        {
            (channel, var theirs) = PacketChannel.Pair();
            using (theirs)
                process = ChildProcess.Start(options.Program, [TrialOptions.ChildCommand], ChildEnvironment.Of("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_TF32_OVERRIDE"), theirs);
            var started = new TrialProcess(options, channel, process);
            started.Greet(runtime);
            return started;
        }
        catch (Exception error)
        {
            process?.Dispose();
            channel?.Dispose();
            if (error is IOException)
                throw new DeviceUnavailableException($"A process to try packages in cannot be started: {error.Message}; reinstall the program, or look why it may not start.", error);
            throw;
        }
    }

    /// <summary>Tries one package: all checks of a load, in the other process.</summary>
    /// <param name="folder">Full path of the package.</param>
    /// <param name="said">Is told of each check as soon as it ends.</param>
    public TrialVerdict Try(string folder, Action<PackageCheck>? said = null)
    {
        var next = 0;
        for (var isSent = _channel.TrySend(Encoding.UTF8.GetBytes(folder)); ;)
        {
            var hung = false;
            var word = isSent ? Hear(_options.Limit, out hung) : null;
            if (word?.Verdict is { } verdict)
                return verdict;
            if (word?.Check is not { } check)
                return Ended(folder, PackageChecks.All[next], hung, said);
            next = Math.Clamp(PackageChecks.All.ToList().IndexOf(check.Name) + 1, 0, PackageChecks.All.Count - 1);
            said?.Invoke(check);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Dispose();
        _channel.Dispose();
    }

    /// <summary>The check that was next to be told is the one that did it.</summary>
    private TrialVerdict Ended(string folder, string during, bool hung, Action<PackageCheck>? said)
    {
        IsAlive = false;
        var how = hung ? $"takes longer than {_options.Limit.TotalSeconds:0} s" : "ended the process that tried it";
        var why = $"{Path.GetFileName(folder)} {how}, at the check '{during}'; it is not loaded: export the network again, or install the runtime that it was tested with.";
        said?.Invoke(new PackageCheck(during, false, 0, why));
        return new TrialVerdict(null, NotScoredReason.NoModelApplies, why) { Ended = true };
    }

    private void Greet(RuntimeOptions runtime)
    {
        var sent = _channel.TrySend(JsonSerializer.SerializeToUtf8Bytes(runtime with { Trial = null }, JsonSerializerOptions.Web));
        var hung = false;
        var word = sent ? Hear(_options.StartLimit, out hung) : null;
        if (word is not { Verdict: { } ready })
            throw new IOException(hung ? $"{_options.Program} was not ready after {_options.StartLimit.TotalSeconds:0} s" : $"{_options.Program} ended before it was ready");
        if (ready.Reason is not null)
            throw new Native.OnnxRuntime.OrtLibraryException(ready.Why);
    }

    private TrialWord? Hear(TimeSpan limit, out bool hung)
    {
        var outcome = _channel.Receive(_buffer, limit, out var length, out var unexpected);
        unexpected?.Dispose();
        hung = outcome == PacketOutcome.TimedOut;
        return outcome == PacketOutcome.Received ? TrialWord.Read(_buffer.AsSpan(0, length)) : null;
    }
}
