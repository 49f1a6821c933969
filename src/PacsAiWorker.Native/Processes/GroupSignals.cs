using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Processes;

/// <summary>
/// Signals that a stop of the service sends to its whole group. A child process ends with its channel instead, so that nothing which it was
/// given is blamed for the stop.
/// </summary>
public sealed class GroupSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _ignored =
        [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }.Select(s => PosixSignalRegistration.Create(s, c => c.Cancel = true))];

    private GroupSignals()
    {
    }

    /// <summary>Ignored until disposed.</summary>
    public static GroupSignals Ignore() => new();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _ignored)
            signal.Dispose();
    }
}
