using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>
/// The receive path beside DCMTK, Orthanc and floors in C: one run, one machine, one disk, the same sender; the order of the receivers is
/// turned round in every other repetition. Ends with the bars that the worker is held to.
/// </summary>
public sealed class ReceiveBench(IReadOnlyList<string> words) : IBench
{
    public string Name => "receive";

    /// <exception cref="FormatException">The options are wrong.</exception>
    /// <exception cref="OperationCanceledException">Ctrl-C: everything was stopped and removed.</exception>
    public async Task<JsonObject> RunAsync()
    {
        var options = ReceiveOptions.Parse(words);
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var workspace = new Workspace();
        Progress("compiling, making instances");
        await workspace.CompileAsync(stop.Token);
        var sets = await InstanceSets.MakeAsync(workspace.Sets, options.Cells.Select(c => c.Set).Append(InstanceSets.Rgb), stop.Token);
        var machine = Machine(workspace);
        Console.WriteLine(machine);
        await workspace.PrefillAsync(stop.Token);
        var stand = new Stand(workspace, new Sender(workspace.Tool("fastsend"), sets), options, stop.Token);
        await RepeatAsync(stand, [.. Slots().Where(slot => options.Includes(slot.Name))]);
        return Results(stand, machine);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static IEnumerable<ISlot> Slots() =>
    [
        .. Receivers.All.Select(r => new ReceiverSlot(r)),
        new WindowSlot(),
        new QuickSlot(quick: true),
        new QuickSlot(quick: false),
        new SendSlot("storescp", Receivers.StorescpOf("storescp", noDelay: false)),
        new SendSlot("orthanc", Receivers.OrthancOf("orthanc", noDelay: false)),
        new DigestSlot(),
    ];

    private static async Task RepeatAsync(Stand stand, IReadOnlyList<ISlot> slots)
    {
        for (stand.Repetition = 1; stand.Repetition <= stand.Options.Repetitions; stand.Repetition++)
        {
            foreach (var (slot, number) in (stand.Repetition % 2 == 1 ? slots : slots.Reverse()).Select((slot, i) => (slot, i + 1)))
            {
                Progress($"repetition {stand.Repetition}/{stand.Options.Repetitions}, {number}/{slots.Count}: {slot.Name}");
                stand.Cancellation.ThrowIfCancellationRequested();
                await slot.RunAsync(stand);
            }
        }

        Progress("");
    }

    private static JsonObject Results(Stand stand, string machine)
    {
        var figures = new Figures(stand.Samples);
        var bars = Bars.Judge(figures);
        Console.WriteLine(Report.Of(figures, stand.Options.Cells, bars, stand.LeftOut));
        return new JsonObject
        {
            ["machine"] = machine,
            ["repetitions"] = stand.Options.Repetitions,
            ["instances"] = stand.Options.Instances,
            ["window"] = stand.Options.Window,
            ["samples"] = new JsonArray([.. stand.Samples.Select(Json)]),
            ["bars"] = new JsonArray([.. bars.Select(Json)]),
            ["leftOut"] = new JsonArray([.. stand.LeftOut.Select(line => (JsonNode)line)]),
        };
    }

    private static JsonObject Json(Sample sample) => new()
    {
        ["section"] = sample.Section,
        ["name"] = sample.Name,
        ["cell"] = $"{sample.Cell}",
        ["repetition"] = sample.Repetition,
        ["stored"] = sample.Sent.Stored,
        ["failed"] = sample.Sent.Failed,
        ["perSecond"] = sample.Sent.PerSecond,
        ["p50Ms"] = sample.Sent.P50Ms,
        ["p99Ms"] = sample.Sent.P99Ms,
        ["window"] = sample.Sent.Window,
        ["cpuSeconds"] = sample.CpuSeconds,
        ["memoryMB"] = sample.MemoryMB,
        ["drainSeconds"] = sample.DrainSeconds,
        ["load"] = sample.Load,
    };

    private static JsonObject Json(Bar bar) => new()
    {
        ["group"] = bar.Group,
        ["name"] = bar.Name,
        [bar.AtMost ? "atMost" : "atLeast"] = bar.Required,
        ["measured"] = bar.Measured,
        ["verdict"] = bar.Verdict,
    };

    private static string Machine(Workspace workspace)
    {
        var load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, Linux {Environment.OSVersion.Version}, {workspace.FileSystem}, load average {load:F1} at the start")
            + (load > 0.5 ? ": not idle, figures for a look only" : "")
            + (workspace.FileSystem == "tmpfs" ? "; stores in memory, where durability costs nothing" : "");
    }

    private static void Progress(string text)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write($"\r\e[K{text}");
        }
    }
}
