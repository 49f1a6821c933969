using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Benchmarks.Scoring;

/// <summary>Two workers on one work table against one, each with a device of its own that takes 20 ms an image whatever the machine does.</summary>
public sealed class WorkersBench : IBench
{
    private const int Images = 400;
    private static readonly TimeSpan Each = TimeSpan.FromMilliseconds(20);

    public string Name => "workers";

    public async Task<JsonObject> RunAsync()
    {
        var (one, two) = (0.0, 0.0);
        for (var repetition = 0; repetition < 3; repetition++)
        {
            one = Math.Max(one, await RateAsync(1));
            two = Math.Max(two, await RateAsync(2));
        }
        Console.WriteLine($"Images/s of a simulated device of {1000 / Each.TotalMilliseconds:F0}: one worker {one:F1}, two {two:F1}, ratio {two / one:F2}");
        return new JsonObject { ["one"] = one, ["two"] = two, ["ratio"] = two / one };
    }

    private static async Task<double> RateAsync(int workers)
    {
        using var folder = new Scratch("workers");
        using var database = new RecordsDatabase(new RecordsOptions(RecordsOptions.Sqlite, $"Data Source={Path.Combine(folder.Path, "records.db")}"));
        await new SchemaMigrator(database).MigrateAsync(CancellationToken.None);
        var table = new WorkTable(database);
        await database.WriteAsync(async t =>
        {
            for (var i = 0; i < Images; i++)
                await table.EnqueueAsync(t, new NewWork(WorkKinds.Score, $"{i}", Guid.NewGuid(), 2), CancellationToken.None);
        }, CancellationToken.None);
        using var left = new CountdownEvent(Images);
        using var signal = new OutboxSignal();
        List<SimulatedScoring> devices = [.. Enumerable.Range(0, workers).Select(_ => new SimulatedScoring(left))];
        var loops = devices.Select((device, w) => new WorkLoop(device, table, database, new WakeUps(), signal, new WorkerIdentity($"worker-{w}"),
            new WorkOptions(), new MessagingOptions(), TimeProvider.System, NullLogger<WorkLoop>.Instance)).ToList();
        var begun = Stopwatch.GetTimestamp();
        foreach (var loop in loops)
            await loop.StartAsync(CancellationToken.None);
        await Task.Run(left.Wait);
        var rate = Images / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        foreach (var loop in loops)
        {
            await loop.StopAsync(CancellationToken.None);
            loop.Dispose();
        }
        devices.ForEach(d => d.Dispose());
        return rate;
    }

    private sealed class SimulatedScoring(CountdownEvent left) : IWorkHandler, IDisposable
    {
        private readonly SemaphoreSlim _device = new(1);

        public string Kind => WorkKinds.Score;

        public int Slots => 4;

        public void Dispose() => _device.Dispose();

        public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
        {
            await _device.WaitAsync(cancellation);
            try
            {
                await Task.Delay(Each, cancellation);
            }
            finally
            {
                _device.Release();
            }
            left.Signal();
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<Records.Audit.AuditEvent>>([]));
        }
    }
}
