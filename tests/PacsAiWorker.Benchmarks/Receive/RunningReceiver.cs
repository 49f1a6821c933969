using System.Diagnostics;
using System.Globalization;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>A receiver while it runs: started, warmed, measured cell by cell, stopped, its store removed.</summary>
internal sealed class RunningReceiver : IAsyncDisposable
{
    public const int WarmUpInstances = 60;

    private static readonly TimeSpan ToStart = TimeSpan.FromSeconds(60), ToSettle = TimeSpan.FromSeconds(20), ToStop = TimeSpan.FromSeconds(10);

    private readonly Receiver _receiver;
    private readonly string _folder;
    private readonly string _log;
    private readonly Process _process;
    private readonly ProcessTree _tree;
    private RowCount? _rows;

    private RunningReceiver(Receiver receiver, Workspace workspace)
    {
        (_receiver, _folder, Port) = (receiver, workspace.NewStore(), Ports.Free());
        _log = _folder + ".log";
        var command = receiver.Command(new Place(_folder, Port, workspace.Tool));

        // The shell gives it a file for its words, then becomes it.
        var info = Programs.StartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", _log, command.Program, .. command.Arguments]);
        info.WorkingDirectory = _folder;
        foreach (var (key, value) in command.Environment)
        {
            info.Environment[key] = value;
        }

        _process = Process.Start(info)!;
        _tree = new ProcessTree(_process.Id);
    }

    public int Port { get; }

    public string AeTitle => _receiver.AeTitle;

    /// <exception cref="InvalidOperationException">It is not installed, ended, or does not listen.</exception>
    public static async Task<RunningReceiver> StartAsync(Receiver receiver, Stand stand)
    {
        var running = new RunningReceiver(receiver, stand.Workspace);
        try
        {
            await running.ListensAsync(stand.Cancellation);
            for (var round = 0; round < receiver.WarmUpRounds; round++)
            {
                await stand.Sender.SendAsync(running, new Cell(InstanceSets.Grey, 1), WarmUpInstances, window: 1, stand.Cancellation);
            }

            return running;
        }
        catch (InvalidOperationException error)
        {
            var said = running.LastWords();
            await running.DisposeAsync();
            throw new InvalidOperationException($"{error.Message} ({said})");
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>One cell: waits until nothing is left of what was before, sends, and looks at processor, memory and rows meanwhile.</summary>
    public async Task<Sample> MeasureAsync(Sample about, Func<Task<Sent>> send, CancellationToken cancellation)
    {
        try
        {
            return await SampleAsync(about, send, cancellation);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidOperationException($"{error.Message} ({LastWords()})");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_rows is not null)
        {
            await _rows.DisposeAsync();
        }

        var all = _tree.Ids();
        await SignalAsync("TERM", all);
        using var patience = new CancellationTokenSource(ToStop);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
        File.Delete(_log);
    }

    private async Task<Sample> SampleAsync(Sample about, Func<Task<Sent>> send, CancellationToken cancellation)
    {
        await SettleAsync(cancellation);
        var before = _rows is null ? 0 : await _rows.LookAsync(cancellation);
        var load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
        await using var peak = new MemoryPeak(_tree);
        var cpu = _tree.CpuSeconds();
        var sent = await send();

        // A child that has just ended counts once its parent has waited for it.
        await Task.Delay(30, cancellation);
        double? drain = _rows is null ? null : await _rows.DrainAsync(before + sent.Stored, cancellation);
        return about with { Sent = sent, CpuSeconds = _tree.CpuSeconds() - cpu, MemoryMB = peak.MB, DrainSeconds = drain, Load = load };
    }

    private async Task SettleAsync(CancellationToken cancellation)
    {
        if (_receiver.CanBeEmptied)
        {
            foreach (var file in new DirectoryInfo(_folder).EnumerateFiles())
            {
                file.Delete();
            }
        }

        await Programs.RunAsync("/bin/sync", [], cancellation);
        if (_receiver.Database is { } database)
        {
            // The port opens first: the database is there when the worker has come to rest.
            await _tree.IdleAsync(ToSettle, cancellation);
            _rows ??= new RowCount(Path.Combine(_folder, database));
        }
    }

    private async Task ListensAsync(CancellationToken cancellation)
    {
        for (var end = DateTime.UtcNow + ToStart; !Ports.HasListener(Port);)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"it ended with {_process.ExitCode}");
            }

            if (DateTime.UtcNow > end)
            {
                throw new InvalidOperationException($"it does not listen after {ToStart.TotalSeconds:F0} s");
            }

            await Task.Delay(20, cancellation);
        }
    }

    private string LastWords() => File.Exists(_log) ? Programs.LastLine(File.ReadAllText(_log)) : "it said nothing";

    private static async Task SignalAsync(string name, IEnumerable<int> ids)
    {
        using var kill = Process.Start(new ProcessStartInfo("/bin/kill", ["-" + name, .. ids.Select(id => $"{id}")]) { RedirectStandardError = true })!;
        await kill.WaitForExitAsync();
    }
}
