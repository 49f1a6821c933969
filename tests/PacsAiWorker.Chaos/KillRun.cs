using PacsAiWorker.EndToEnd.Kill;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Chaos;

/// <summary>Kills stage after stage, then at random, until the progress file holds what was asked for; stops at the first failure.</summary>
/// <param name="stopping">The run ends after the round in hand.</param>
internal sealed class KillRun(KillOptions options, KillProgress progress, string file, CancellationToken stopping)
{
    private const string AtRandom = "random";

    /// <summary>Kills between two judgements.</summary>
    private const int Block = 10;

    /// <summary>Small enough that the judgement of a round stays cheap.</summary>
    private const int RoundsOfAnInstallation = 50;

    private static readonly KillLoad Load = new(3, 6, 3);

    private readonly TestServers _servers = new();
    private KillBench? _bench;
    private int _rounds;

    /// <summary>Place in the flow; random kills come last.</summary>
    public static int OrderOf(string stage) => KillPoints.All.Contains(stage) ? KillPoints.All.ToList().IndexOf(stage) : int.MaxValue;

    /// <summary>False after a failure.</summary>
    public async Task<bool> RunAsync()
    {
        try
        {
            return await StagesAsync() && await RandomAsync() && await CloseAsync();
        }
        finally
        {
            if (_bench is not null)
            {
                await _bench.DisposeAsync();
            }

            await _servers.DisposeAsync();
        }
    }

    private async Task<bool> StagesAsync()
    {
        foreach (var stage in options.Stages)
        {
            for (var round = progress.Of(Key(stage)).Rounds + 1; round <= options.Rounds && !stopping.IsCancellationRequested; round++)
            {
                var pass = 1 + Choice(stage, round).Next(Load.PassesOf(stage));
                if (!await JudgedAsync(stage, round, pass, 1, bench => bench.RoundAsync(stage, pass)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private async Task<bool> RandomAsync()
    {
        for (var done = progress.Of(Key(AtRandom)).Rounds; done < options.Random && !stopping.IsCancellationRequested; done = progress.Of(Key(AtRandom)).Rounds)
        {
            var kills = Math.Min(Block, options.Random - done);
            if (!await JudgedAsync(AtRandom, done + 1, 0, kills, bench => bench.RandomAsync(kills, Choice(AtRandom, done + 1))))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> JudgedAsync(string stage, int round, int pass, int rounds, Func<KillBench, Task<KillOutcome>> go)
    {
        if (_rounds >= RoundsOfAnInstallation && !await CloseAsync())
        {
            return false;
        }

        _bench ??= await KillBench.OpenAsync(_servers, options.Road, Load);
        _rounds += rounds;
        KillOutcome outcome;
        try
        {
            outcome = await go(_bench);
        }
        catch (Exception error) when (error is TimeoutException or InvalidOperationException)
        {
            outcome = new KillOutcome(KillTally.None, [error.Message.Split('\n')[0]]);
        }

        // Ctrl-C reaches the servers too: what was seen then says nothing.
        if (stopping.IsCancellationRequested && outcome.Violations.Count > 0)
        {
            return true;
        }

        progress.Add(Key(stage), rounds, outcome);
        Console.WriteLine($"{Key(stage)}{(pass > 0 ? $":{pass}" : "")} round {round}: {outcome.Tally.BeforeKill} of {outcome.Tally.Acknowledged} acknowledged before the kill, {outcome.Violations.Count} violations");
        if (outcome.Violations.Count > 0)
        {
            await KeepAsync(stage, round, pass, outcome.Violations);
        }

        progress.Save(file);
        return outcome.Violations.Count == 0;
    }

    /// <summary>The installation's last word, and its end.</summary>
    private async Task<bool> CloseAsync()
    {
        if (_bench is null)
        {
            return true;
        }

        var violations = stopping.IsCancellationRequested ? [] : await _bench.CloseAsync();
        if (violations.Count > 0)
        {
            await KeepAsync("close", _rounds, 0, violations);
            progress.Save(file);
        }

        await _bench.DisposeAsync();
        (_bench, _rounds) = (null, 0);
        return violations.Count == 0;
    }

    private async Task KeepAsync(string stage, int round, int pass, IReadOnlyList<string> violations)
    {
        var kept = await _bench!.KeepAsync();
        progress.Failures.Add(new KillFailure(Key(stage), round, pass, violations, kept));
        Console.Error.WriteLine($"{Key(stage)} round {round} pass {pass}, seed {options.Seed}; data, logs and rows are kept in {kept}");
        foreach (var violation in violations)
        {
            Console.Error.WriteLine($"  {violation}");
        }
    }

    private string Key(string stage) => $"{options.Road.ToString().ToLowerInvariant()}/{stage}";

    /// <summary>The same seed, stage and round choose the same.</summary>
    private Random Choice(string stage, int round) => new(Mixed(stage, round));

    private int Mixed(string stage, int round) => Key(stage).Aggregate(unchecked((options.Seed * 1_000_003) + round), (hash, c) => unchecked((hash * 31) + c));
}
