using System.Diagnostics;
using System.Text.Json.Nodes;
using PacsAiWorker.Benchmarks.Receive;
using PacsAiWorker.Benchmarks.Scoring;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Flag;

/// <summary>
/// How long the worker takes from the last byte of an image to the flag, as its rows have it: idle, against three times what one image takes and
/// 100 ms; and of a STAT cart while routine images fill four fifths of what it can do, against 2 s. ResNet-18 with random weights.
/// </summary>
public sealed class FlagBench : IBench
{
    private const int WarmUp = 8, IdleStudies = 60, BurstStudies = 160, StatStudies = 40, MostRoutine = 700;
    private const double Load = 0.8;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3), Between = TimeSpan.FromMilliseconds(750);

    private readonly DateTime _begun = TimeProvider.System.GetUtcNow().UtcDateTime;
    private int _made;

    public string Name => "flag";

    public async Task<JsonObject> RunAsync()
    {
        using var folder = new Scratch("flag");
        var models = Path.Combine(folder.Path, "models");
        var package = BenchPackage.Make(models, "ResNet-18", int8: false, OrtLibrary.Load(null, AppContext.BaseDirectory), raises: true);
        await using var worker = await FlagWorker.StartAsync(folder.Path, models, package.Id);
        using var rows = new FlagRows(worker.Database);

        await OneByOneAsync(worker, rows, New(WarmUp));
        var idle = await OneByOneAsync(worker, rows, New(IdleStudies));
        var burst = await BurstAsync(worker, rows);
        var (stat, offered) = await LoadedAsync(worker, rows, new FlagFigures(idle, burst, []).Saturation ?? throw new InvalidOperationException($"Nothing was scored: {worker.LastWords()}"));
        return Report(new FlagFigures(idle, burst, stat), offered);
    }

    private IReadOnlyList<FlagStudy> New(int count) => FlagCart.Make((_made += count) - count, count);

    private async Task<IReadOnlyList<FlagSample>> OneByOneAsync(FlagWorker worker, FlagRows rows, IReadOnlyList<FlagStudy> studies)
    {
        foreach (var study in studies)
        {
            await Task.Run(() => FlagCart.Send(FlagWorker.Cart, worker.Port, [study]));
            await FlaggedAsync(worker, rows, [study]);
        }

        return await FlaggedAsync(worker, rows, studies);
    }

    private async Task<IReadOnlyList<FlagSample>> BurstAsync(FlagWorker worker, FlagRows rows)
    {
        var halves = New(BurstStudies).Chunk(BurstStudies / 2).ToList();
        await Task.WhenAll(halves.Select(half => Task.Run(() => FlagCart.Send(FlagWorker.Cart, worker.Port, half))));
        return await FlaggedAsync(worker, rows, [.. halves.SelectMany(h => h)]);
    }

    /// <returns>What the STAT cart saw, and the images a second that the others sent.</returns>
    private async Task<(IReadOnlyList<FlagSample> Stat, double Offered)> LoadedAsync(FlagWorker worker, FlagRows rows, double saturation)
    {
        var (stat, each) = (New(StatStudies), TimeSpan.FromSeconds(1 / (Load * saturation)));
        var routine = New((int)Math.Min(MostRoutine, StatStudies * Between / each));
        var between = each * routine.Count / StatStudies;
        var begun = Stopwatch.GetTimestamp();
        void At(TimeSpan time)
        {
            if (time - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } wait)
            {
                Thread.Sleep(wait);
            }
        }

        var cart = Task.Run(() =>
        {
            FlagCart.Send(FlagWorker.Cart, worker.Port, routine, i => At(each * i));
            return routine.Count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        });

        // At no fixed point of the others' rhythm.
        await Task.Run(() => FlagCart.Send(FlagWorker.StatCart, worker.Port, stat, i => At((between * i) + TimeSpan.FromMilliseconds(i * 37 % 90))));
        return (await FlaggedAsync(worker, rows, stat), await cart);
    }

    /// <summary>The studies' rows when all are flagged.</summary>
    /// <exception cref="InvalidOperationException">One is not after three minutes.</exception>
    private async Task<IReadOnlyList<FlagSample>> FlaggedAsync(FlagWorker worker, FlagRows rows, IReadOnlyList<FlagStudy> studies)
    {
        for (var begun = Stopwatch.GetTimestamp(); ;)
        {
            var there = rows.Read(_begun);
            if (studies.All(s => there.TryGetValue(s.Uid, out var sample) && sample.ToFlag is not null))
            {
                return [.. studies.Select(s => there[s.Uid])];
            }

            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new InvalidOperationException($"{studies.Count(s => there.GetValueOrDefault(s.Uid)?.ToFlag is null)} of {studies.Count} studies are not flagged after {Patience.TotalMinutes:F0} minutes: {worker.LastWords()}");
            }

            await Task.Delay(25);
        }
    }

    private static JsonObject Report(FlagFigures figures, double offered)
    {
        static double Ms(double? seconds) => Math.Round(1000 * seconds ?? double.NaN, 1);
        Console.WriteLine($"One image {Ms(figures.SingleImage)} ms; flag on an idle worker p50 {Ms(figures.IdleP50)} ms, p95 {Ms(figures.IdleP95)} ms of {Ms(figures.IdleLimit)} ms ({figures.Idle.Count} studies)");
        Console.WriteLine($"Saturation {figures.Saturation:F1} images/s; at {offered:F1} images/s ({offered / figures.Saturation:P0}) flag of STAT p50 {Ms(figures.StatP50)} ms, p95 {Ms(figures.StatP95)} ms of 2000 ms ({figures.Stat.Count} studies)");
        Console.WriteLine($"Beside it: quiet time {FlagWorker.QuietSeconds} s as configured, which a decision and its report wait and a flag does not");
        foreach (var bar in figures.Bars)
        {
            Console.WriteLine($"{bar.Name}: {bar.Measured:F2}, {bar.Verdict}");
        }

        return new JsonObject
        {
            ["singleImageMs"] = Ms(figures.SingleImage),
            ["idleP50Ms"] = Ms(figures.IdleP50),
            ["idleP95Ms"] = Ms(figures.IdleP95),
            ["idleLimitMs"] = Ms(figures.IdleLimit),
            ["idleRatio"] = figures.Bars[0].Measured,
            ["saturationPerSecond"] = figures.Saturation,
            ["offeredPerSecond"] = offered,
            ["statP50Ms"] = Ms(figures.StatP50),
            ["statP95Ms"] = Ms(figures.StatP95),
            ["statRatio"] = figures.Bars[1].Measured,
            ["quietSeconds"] = FlagWorker.QuietSeconds,
            ["load"] = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Trim() : "",
        };
    }
}
