using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.EndToEnd.Kill;

/// <summary>One installation whose worker dies again and again; each round brings studies of its own.</summary>
internal sealed class KillBench : IAsyncDisposable
{
    private const int ByKill = 128 + 9;
    private const int LongestLifeMilliseconds = 6000;

    /// <summary>One kill of so many is counted from the start of the process, wherever it then is; the others from its first answer.</summary>
    private const int FromTheStart = 4;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly KillLoad _load;
    private readonly Installation _line;
    private readonly FreshStudies _studies;

    private KillBench(KillLoad load, Installation line, FreshStudies studies) => (_load, _line, _studies) = (load, line, studies);

    public static async Task<KillBench> OpenAsync(TestServers servers, Road road, KillLoad load)
    {
        var line = await Installation.NewAsync(servers, road, new Dictionary<string, object?>
        {
            ["Studies:QuietSeconds"] = 1,
            ["Work:LeaseSeconds"] = 5,
            ["Work:SweepSeconds"] = 1,
            ["Work:PollSeconds"] = 1,
        });
        var bench = new KillBench(load, line, await FreshStudies.PrepareAsync(line.Folder("phantoms"), load.Studies, load.Images));
        await line.Pacs.StartAsync();
        await line.MigrateAsync();
        await line.StartWorkerAsync();
        return bench;
    }

    /// <summary>Kills the worker at one pass of one stage under load, starts it again, sends what was not acknowledged, and judges.</summary>
    public async Task<KillOutcome> RoundAsync(string stage, int pass)
    {
        using var folder = new TempFolder("round");
        var images = _studies.Next(folder.Path);
        var cart = new Cart(_line.DicomPort);
        await _line.LaunchWorkerAsync(new Dictionary<string, string> { [KillPoint.Variable] = $"{stage}:{pass}" });
        await StartedOrDeadAsync();
        await SendSlowlyAsync(cart, images);
        var violations = await DeathAsync(stage, pass);
        var acknowledged = cart.Acknowledged.ToHashSet();

        await _line.StartWorkerAsync();
        await SendAsync(cart, images);
        var judge = new KillJudge(_line, images, cart.Acknowledged, sop => acknowledged.Contains(sop) ? $"acknowledged before the kill at {stage}:{pass}" : $"acknowledged after the kill at {stage}:{pass}");
        var outcome = await judge.JudgeAsync(KillTally.None with { Kills = violations.Count == 0 ? 1 : 0, BeforeKill = acknowledged.Count });
        return outcome with { Violations = [.. violations, .. NotTaken(images, cart), .. outcome.Violations] };
    }

    /// <summary>Kills the worker some times, at any moment while it starts or works, under a load that does not end; then judges.</summary>
    public async Task<KillOutcome> RandomAsync(int kills, Random random)
    {
        using var folder = new TempFolder("random");
        var images = new List<Phantom>();
        var cart = new Cart(_line.DicomPort);
        var lives = new Dictionary<string, string>();
        for (var kill = 1; kill <= kills; kill++)
        {
            var life = TimeSpan.FromMilliseconds(random.Next(LongestLifeMilliseconds));
            await _line.LaunchWorkerAsync();
            using var over = new CancellationTokenSource();
            var sending = SendOnAsync(cart, images, folder.Path, over.Token);
            if (kill % FromTheStart != 0)
            {
                await Until.HoldsAsync("an image was acknowledged", () => cart.AcknowledgedCount > lives.Count, () => _line.Worker.Log);
            }

            await Task.Delay(life, CancellationToken.None);
            await _line.Worker.KillAsync();
            await over.CancelAsync();
            await sending;
            foreach (var sop in cart.Acknowledged)
            {
                lives.TryAdd(sop, $"acknowledged before kill {kill} of {kills}, {life.TotalMilliseconds:0} ms after {(kill % FromTheStart == 0 ? "the start" : "its first answer")}");
            }
        }

        await _line.StartWorkerAsync();
        await SendAsync(cart, images);
        var judge = new KillJudge(_line, images, cart.Acknowledged, sop => lives.GetValueOrDefault(sop, "acknowledged after the last kill"));
        var outcome = await judge.JudgeAsync(KillTally.None with { Kills = kills, BeforeKill = lives.Count });
        return outcome with { Violations = [.. NotTaken(images, cart), .. outcome.Violations] };
    }

    /// <summary>Nothing waits in the outbox: what a dead pump held comes back by itself. Called once, at the end.</summary>
    public async Task<IReadOnlyList<string>> CloseAsync()
    {
        try
        {
            await Until.HoldsAsync("every wake-up was handed over", async () => await _line.Rows.CountAsync("outbox WHERE sent_at IS NULL") == 0);
            return [];
        }
        catch (TimeoutException error)
        {
            return [error.Message.Split('\n')[0]];
        }
    }

    /// <summary>Leaves the installation's folder, with its logs and rows, for a person to look at; where it is.</summary>
    public async Task<string> KeepAsync()
    {
        var kept = _line.Keep();
        await File.WriteAllTextAsync(Path.Combine(kept, "worker.log"), _line.AllLogs);
        foreach (var table in new[] { "instance", "study", "work", "outbox", "result", "report", "delivery", "audit_entry" })
        {
            await File.WriteAllLinesAsync(Path.Combine(kept, $"{table}.txt"), (await _line.Rows.QueryAsync($"SELECT * FROM {table}")).Select(r => r.ToString()));
        }

        return kept;
    }

    public ValueTask DisposeAsync() => _line.DisposeAsync();

    private static IEnumerable<string> NotTaken(IReadOnlyCollection<Phantom> images, Cart cart) => cart.AcknowledgedCount == images.Count
        ? []
        : [$"{images.Count - cart.AcknowledgedCount} of {images.Count} images were not taken after the restart"];

    private Task StartedOrDeadAsync() => Until.HoldsAsync("the worker has started or died",
        async () => _line.Worker.HasExited || (await _line.Worker.GetAsync("health/started")).Status == 200, () => Task.FromResult(_line.Worker.Log));

    private Task SendAsync(Cart cart, IReadOnlyCollection<Phantom> images)
    {
        var done = cart.Acknowledged.ToHashSet();
        return cart.SendAsync([.. images.Where(i => !done.Contains(i.Sop)).Select(i => i.PartTen)], _load.Associations);
    }

    /// <summary>One image of each study at a time, the next when the rows of the last are there: so many passes of the receiving stages are sure.</summary>
    private async Task SendSlowlyAsync(Cart cart, IReadOnlyList<Phantom> images)
    {
        foreach (var wave in images.Chunk(_load.Studies))
        {
            if (_line.Worker.HasExited)
            {
                return;
            }

            await SendAsync(cart, wave);
            var known = cart.Acknowledged;
            await Until.HoldsAsync("the rows are there or the worker has died", async () => _line.Worker.HasExited || await KillJudge.RowsOfAsync(_line, known) >= known.Count);
        }
    }

    /// <summary>New studies at a steady pace until the worker is killed; what an earlier process did not answer is sent again.</summary>
    private async Task SendOnAsync(Cart cart, List<Phantom> images, string folder, CancellationToken over)
    {
        await StartedOrDeadAsync();
        using var pace = new PeriodicTimer(Pace);
        while (!over.IsCancellationRequested && !_line.Worker.HasExited)
        {
            foreach (var wave in _studies.Next(folder).Chunk(_load.Studies))
            {
                images.AddRange(wave);
                await SendAsync(cart, images);
                await pace.WaitForNextTickAsync(CancellationToken.None);
                if (over.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private async Task<List<string>> DeathAsync(string stage, int pass)
    {
        try
        {
            await _line.Worker.WaitForExitAsync();
        }
        catch (OperationCanceledException)
        {
            await _line.Worker.KillAsync();
            return [$"{stage} was not passed {pass} times: the worker lives"];
        }

        var died = _line.Worker.ExitCode == ByKill && _line.Worker.Log.Contains(KillPoint.Line(stage, pass), StringComparison.Ordinal);
        return died ? [] : [$"the worker ended with {_line.Worker.ExitCode} and not at {stage}:{pass}"];
    }
}
