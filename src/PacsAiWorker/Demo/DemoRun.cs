using System.Diagnostics;
using System.Text.Json;
using PacsAiWorker.Commands;
using PacsAiWorker.Configuration;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Web;

namespace PacsAiWorker.Demo;

/// <summary>The whole line on one machine: simulated carts, the worker as users run it on embedded defaults, a small PACS.</summary>
internal sealed class DemoRun(DemoFolder folder, int studies, int seed, bool once)
{
    private const string ModelId = "demo-phantom";
    private const int QuietSeconds = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true };

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        using var pacs = new SmallPacs(folder.Pacs, 0);
        var options = Options(pacs.Port);
        await File.WriteAllTextAsync(folder.Configuration, Configuration(options), cancellation);
        await using var app = RunCommand.Build(options, logging => logging.SetMinimumLevel(LogLevel.Warning));
        await RunCommand.StartAsync(app, options, cancellation);
        var port = app.Services.GetRequiredService<ReceiverService>().Port;
        pacs.ReportTo = new PeerAddress(options.Dicom.AeTitle, "127.0.0.1", port);
        await RequireModelAsync(app.Services.GetRequiredService<ModelShelf>(), cancellation);

        var fleet = PhantomFleet.Make(studies, seed, TimeProvider.System.GetUtcNow());
        Console.Error.WriteLine($"Sending {fleet.Sum(s => s.Instances.Count)} phantom images of {fleet.Count} studies from two carts to {options.Dicom.AeTitle}@127.0.0.1:{port} …");
        var peer = new PeerAddress(options.Dicom.AeTitle, "127.0.0.1", port);
        var database = app.Services.GetRequiredService<RecordsDatabase>();
        var refused = await SendAsync(fleet, peer, late: false);
        await WaitAsync(database, fleet, rows => rows.All(r => r.Revision > 0 && (r.Accounted || HasLate(fleet, r))), cancellation);
        refused = [.. refused, .. await SendAsync(fleet, peer, late: true)];
        var rows = await WaitAsync(database, fleet, all => all.All(r => r.Accounted), cancellation);
        await WriteAsync(database, rows, cancellation);
        Print(rows, refused);

        var well = refused.Count == 0 && rows.All(r => r.Accounted);
        if (!once)
        {
            Console.WriteLine(await HintsAsync(options, port, cancellation));
            await app.WaitForShutdownAsync(CancellationToken.None);
        }
        else
        {
            await app.StopAsync(CancellationToken.None);
        }

        return well ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>Embedded defaults, but for what a demo must have: its own folder, a short quiet time, the demonstration package allowed to speak.</summary>
    private WorkerOptions Options(int pacsPort) => new()
    {
        Data = new() { Directory = folder.Data },
        Dicom = new()
        {
            Port = once ? 0 : new DicomOptions().Port,
            Destinations = [new() { Name = "demo-pacs", AeTitle = SmallPacs.AeTitle, Host = "127.0.0.1", Port = pacsPort, StorageCommitment = true }],
        },
        Spool = new() { SegmentMiB = 32, SpareSegments = 1, Watermark = new() { Percent = 99, ReserveGiB = 0.2 } },
        Studies = new() { QuietSeconds = QuietSeconds },
        Models = new() { Stages = new Dictionary<string, string> { [ModelId] = ModelStages.Prioritise } },
        Web = new() { Urls = once ? "http://127.0.0.1:0" : new WebOptions().Urls },
        Admin = new() { Urls = once ? "http://127.0.0.1:0" : new WorkerOptions.AdminOptions().Urls },
    };

    /// <summary>The same as a file, so that the other commands see what the demo's worker sees.</summary>
    private static string Configuration(WorkerOptions options) => JsonSerializer.Serialize(new
    {
        Data = new { options.Data.Directory },
        Dicom = new { options.Dicom.Port, options.Dicom.Destinations },
        options.Spool,
        Studies = new { options.Studies.QuietSeconds },
        Models = new { options.Models.Stages },
        Web = new { options.Web.Urls },
        options.Admin,
    }, Indented);

    private static async Task RequireModelAsync(ModelShelf shelf, CancellationToken cancellation)
    {
        while (shelf.Packages is null)
        {
            await Task.Delay(Look, cancellation);
        }

        if (shelf.Packages.Models.All(m => m.Card.Id != ModelId))
        {
            throw new CommandException("The demonstration package does not load: " + string.Join("; ", shelf.Packages.Refused.Select(r => r.Why).DefaultIfEmpty("there is none in the models folder")));
        }
    }

    private static async Task<IReadOnlyList<string>> SendAsync(IReadOnlyList<PhantomStudy> fleet, PeerAddress peer, bool late)
    {
        var halves = fleet.Select((study, i) => (study, i)).GroupBy(p => p.i % 2);
        var refused = await Task.WhenAll(halves.Select(half => Task.Run(() =>
            half.SelectMany(p => new PhantomCart($"CART{half.Key + 1}", peer).Send([.. p.study.Instances.Where(i => i.IsLate == late)])).ToList())));
        return [.. refused.SelectMany(r => r)];
    }

    private static async Task<IReadOnlyList<DemoRow>> WaitAsync(RecordsDatabase database, IReadOnlyList<PhantomStudy> fleet, Func<IReadOnlyList<DemoRow>, bool> done, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var entries = (await WorklistQuery.RunAsync(database, int.MaxValue, cancellation)).ToDictionary(e => e.StudyInstanceUid);
            IReadOnlyList<DemoRow> rows = [.. fleet.Select(s => DemoRow.From(s, entries.GetValueOrDefault(s.StudyInstanceUid), QuietSeconds))];
            if (done(rows) || Stopwatch.GetElapsedTime(begun) > Patience)
            {
                return rows;
            }

            await Task.Delay(Look, cancellation);
        }
    }

    private static bool HasLate(IReadOnlyList<PhantomStudy> fleet, DemoRow row) =>
        fleet.Single(s => s.StudyInstanceUid == row.Study) is var study && study.Instances.Any(i => i.IsLate)
        && row.Received == study.Instances.Count(i => !i.IsLate) && row.Delivered.StartsWith(DeliveryStates.Stored, StringComparison.Ordinal);

    private async Task WriteAsync(RecordsDatabase database, IReadOnlyList<DemoRow> rows, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(Path.Combine(folder.Root, "summary.json"), JsonSerializer.Serialize(rows, Indented), cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder.Root, "worklist.json"), JsonSerializer.Serialize(await WorklistQuery.RunAsync(database, int.MaxValue, cancellation), Indented), cancellation);
        await using var audit = new StreamWriter(Path.Combine(folder.Root, "audit.csv"));
        AuditCommand.WriteCsv(await AuditQuery.RunAsync(database, new AuditFilter(Limit: int.MaxValue), cancellation), audit);
    }

    private void Print(IReadOnlyList<DemoRow> rows, IReadOnlyList<string> refused)
    {
        Cli.PrintTable(["Study", "Scored", "Not scored", "Finding", "Prob.", "Priority", "Report", "Delivered", "Committed", "Seconds to flag", "to stored"],
            rows.OrderBy(r => r.Priority.Contains("TP3", StringComparison.Ordinal) ? 0 : 1).Select(r => (IReadOnlyList<string>)
            [
                r.PatientId, $"{r.Scored}/{r.Received}", string.Join(", ", r.NotScored.Select(p => $"{p.Value} {p.Key}")), r.Finding,
                r.Probability is { } p ? FormattableString.Invariant($"{p:0.000}") : "", r.Priority, r.ReportUid is { } uid ? $"r{r.Revision} …{uid[^4..]}" : "none",
                r.Delivered, r.Committed, Seconds(r.SecondsToFlag), Seconds(r.SecondsToStored),
            ]), "Study", "Scored", "Prob.", "Report");
        Console.WriteLine($"Seconds from the last image that the step could know of; a report waits {QuietSeconds} s of quiet time, a flag does not.");
        foreach (var line in refused)
        {
            Console.WriteLine("Refused by the worker: " + line);
        }

        Console.WriteLine($"{rows.Count(r => r.Accounted)} of {rows.Count} studies accounted for: every image kept and scored or explained, every report that is due stored and committed by the PACS.");
        Console.WriteLine("Demonstration on phantoms, not for clinical use. Results are preliminary; \"not flagged\" never means normal.");
        Console.WriteLine($"Written: {Path.Combine(folder.Root, "summary.json")}, worklist.json, audit.csv, pacs/ (what the PACS stored)");
    }

    private static string Seconds(double? seconds) => seconds is { } s ? FormattableString.Invariant($"{s:0.0}") : "";

    private async Task<string> HintsAsync(WorkerOptions options, int port, CancellationToken cancellation)
    {
        var link = Path.Combine(options.DataDirectory, "first-sign-in.txt");
        var desk = File.Exists(link) ? (await File.ReadAllTextAsync(link, cancellation)).Trim() : options.Web.Urls;
        var program = Environment.ProcessPath ?? "pacs-ai-worker";
        return $"""

            The worker goes on until Ctrl-C. Its pages (this link makes your account, once):
              {desk}
            Or look with, from another terminal:
              {program} worklist --config {folder.Configuration}
              {program} status --config {folder.Configuration}
              {program} audit query --action "not scored" --config {folder.Configuration}
              {program} doctor --config {folder.Configuration}
              {program} simulate --to {options.Dicom.AeTitle}@127.0.0.1:{port} --studies 5 --seed {seed + 1}
              curl {options.Admin.Urls}/health/ready
              curl {options.Admin.Urls}/metrics
              dsrdump {folder.Pacs}/*.dcm        (DCMTK: the reports as a PACS has them)
            """;
    }
}
