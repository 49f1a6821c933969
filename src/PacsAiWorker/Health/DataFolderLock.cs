using Microsoft.Extensions.Hosting;
using PacsAiWorker.Configuration;

namespace PacsAiWorker.Health;

/// <summary>
/// One receiver a data folder: a second one would take the segments that the first one writes for those of an earlier run. Held for the life of the
/// process and gone with it, however it ends.
/// </summary>
public sealed class DataFolderLock(WorkerOptions options) : IHostedService, IDisposable
{
    private FileStream? _held;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(options.DataDirectory, "receiver.lock");
        try
        {
            _held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return Task.CompletedTask;
        }
        catch (IOException error)
        {
            throw new IOException($"another worker receives into {options.DataDirectory}: stop it, or give this one a Data:Directory of its own", error);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _held?.Dispose();
}
