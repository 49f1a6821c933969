using System.Diagnostics;
using System.Text.Json;
using PacsAiWorker.Benchmarks.Receive;

namespace PacsAiWorker.Benchmarks.Flag;

/// <summary>The worker as users run it, all roles, embedded; its package raises every study that it sees.</summary>
internal sealed class FlagWorker : IAsyncDisposable
{
    public const string AeTitle = "PACSAI", StatCart = "STAT", Cart = "CART";

    private static readonly TimeSpan ToStart = TimeSpan.FromSeconds(60), ToStop = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly string _log;

    private FlagWorker(string folder, string models, string package)
    {
        var data = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
        (Database, _log) = (Path.Combine(data, "pacsai.db"), Path.Combine(folder, "worker.log"));
        var file = Path.Combine(folder, "worker.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Data:Directory"] = data,
            ["Dicom:AeTitle"] = AeTitle,
            ["Dicom:Port"] = Port,
            ["Dicom:Callers:0:AeTitle"] = StatCart,
            ["Dicom:Callers:0:Tier"] = 0,
            ["Dicom:Callers:1:AeTitle"] = Cart,
            ["Admin:Urls"] = $"http://127.0.0.1:{Ports.Free()}",
            ["Models:Directory"] = models,
            [$"Models:Stages:{package}"] = "prioritise",
            ["Studies:QuietSeconds"] = QuietSeconds,
            ["Spool:Watermark:Percent"] = 99.9,
            ["Spool:Watermark:ReserveGiB"] = 0.05,
        }));
        _process = Process.Start(Programs.StartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", _log, Programs.Worker, "run", "--config", file]))!;
    }

    /// <summary>The default: a flag does not wait for it, a report does.</summary>
    public static int QuietSeconds => 60;

    public int Port { get; } = Ports.Free();

    /// <summary>Its SQLite file.</summary>
    public string Database { get; }

    /// <exception cref="InvalidOperationException">It ended, or does not listen.</exception>
    public static async Task<FlagWorker> StartAsync(string folder, string models, string package)
    {
        var worker = new FlagWorker(folder, models, package);
        for (var begun = Stopwatch.GetTimestamp(); !Ports.HasListener(worker.Port) || !File.Exists(worker.Database);)
        {
            if (worker._process.HasExited || Stopwatch.GetElapsedTime(begun) > ToStart)
            {
                var said = worker.LastWords();
                await worker.DisposeAsync();
                throw new InvalidOperationException($"The worker does not listen: {said}");
            }

            await Task.Delay(50);
        }

        return worker;
    }

    public string LastWords() => File.Exists(_log) ? Programs.LastLine(File.ReadAllText(_log)) : "it said nothing";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("/bin/kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
        }

        using var patience = new CancellationTokenSource(ToStop);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
