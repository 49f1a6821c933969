using System.Text.Json;
using Microsoft.Data.Sqlite;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Spool;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>One installation of the worker: data folder, configuration, database, and Orthanc as its PACS.</summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string AeTitle = "PACSAI";
    public const string Model = "demo-phantom";

    private readonly TempFolder _folder = new("worker");
    private readonly Dictionary<string, object?> _settings;
    private readonly List<string> _logs = [];

    private Installation(Road road, string connectionString, params string[] plugins)
    {
        Road = road;
        // It reports storage commitment to whom it knows.
        Pacs = OrthancServer.Prepared(new Dictionary<string, object>
        {
            ["Plugins"] = plugins,
            ["DicomModalities"] = new Dictionary<string, object> { ["worker"] = new Dictionary<string, object> { ["AET"] = AeTitle, ["Host"] = "127.0.0.1", ["Port"] = DicomPort } },
        });
        Records = new RecordsOptions(road == Road.Embedded ? RecordsOptions.Sqlite : RecordsOptions.Postgres,
            connectionString.Length > 0 ? connectionString : $"Data Source={Path.Combine(_folder.Folder("data"), "pacsai.db")}");
        Rows = new Rows(Records.ConnectionString, road);
        _settings = new Dictionary<string, object?>
        {
            ["Data:Directory"] = _folder.Folder("data"),
            ["Dicom:AeTitle"] = AeTitle,
            ["Dicom:Port"] = DicomPort,
            ["Dicom:Destinations:0:Name"] = "orthanc",
            ["Dicom:Destinations:0:AeTitle"] = OrthancServer.AeTitle,
            ["Dicom:Destinations:0:Host"] = "127.0.0.1",
            ["Dicom:Destinations:0:Port"] = Pacs.DicomPort,
            ["Admin:Urls"] = $"http://127.0.0.1:{AdminPort}",
            ["Web:Urls"] = $"http://127.0.0.1:{WebPort}",
            ["Spool:SegmentMiB"] = 8,
            ["Spool:SpareSegments"] = 1,
            ["Spool:Watermark:Percent"] = 99.9,
            ["Spool:Watermark:ReserveGiB"] = 0.05,
            ["Studies:QuietSeconds"] = 2,
            ["Work:LeaseSeconds"] = 6,
            ["Work:RenewSeconds"] = 2,
            [$"Models:Stages:{Model}"] = "prioritise",
        };
    }

    public Road Road { get; }

    public OrthancServer Pacs { get; }

    public RecordsOptions Records { get; }

    public Rows Rows { get; }

    public int DicomPort { get; } = Ports.Free();

    public int AdminPort { get; } = Ports.Free();

    public int WebPort { get; } = Ports.Free();

    public RabbitMqServer? Broker { get; private set; }

    /// <summary>Virtual host on the broker; null on the embedded road.</summary>
    public string? BrokerHost { get; private set; }

    /// <summary>Messaging:Uri; null on the embedded road.</summary>
    public string? BrokerUri { get; private set; }

    /// <summary>The running process; each start makes a new one.</summary>
    public WorkerProcess Worker { get; private set; } = null!;

    public string Spool => Path.Combine(DataFolder, "spool");

    public string DataFolder => (string)_settings["Data:Directory"]!;

    /// <summary>Everything every process of this installation said.</summary>
    public string AllLogs => string.Join('\n', [.. _logs, Worker?.Log ?? ""]);

    private string ConfigFile => _folder["worker.json"];

    /// <param name="postgres">A server of its own where a test stops it; else the shared one.</param>
    /// <param name="rabbitMq">As for <paramref name="postgres"/>.</param>
    public static async Task<Installation> NewAsync(
        TestServers servers, Road road, IReadOnlyDictionary<string, object?>? settings = null, PostgresServer? postgres = null, RabbitMqServer? rabbitMq = null)
    {
        if (road == Road.Embedded)
        {
            return new Installation(road, "").With(settings);
        }

        var database = await (postgres ?? await servers.PostgresAsync()).NewDatabaseAsync();
        var broker = rabbitMq ?? await servers.RabbitMqAsync();
        var (host, uri) = await broker.NewHostAsync();
        var installation = new Installation(road, database) { Broker = broker, BrokerHost = host, BrokerUri = uri };
        return installation.With(new Dictionary<string, object?>
        {
            ["Database:Provider"] = "postgres",
            // The processes may do what their part needs; only the schema is changed by its owner.
            ["Database:ConnectionString"] = PostgresServer.As(database, PostgresServer.LoginOf(DatabaseLogins.Worker)),
            ["Messaging:Transport"] = "rabbitmq",
            ["Messaging:Uri"] = uri,
        }).With(settings);
    }

    /// <summary>On the embedded road, with reports going to Orthanc's DICOMweb service.</summary>
    public static Installation ByWeb()
    {
        var installation = new Installation(Road.Embedded, "", OrthancServer.WebPlugin);
        installation._settings["Dicom:Destinations:0:Url"] = installation.Pacs.Web;
        foreach (var key in new[] { "AeTitle", "Host", "Port" })
        {
            installation._settings.Remove($"Dicom:Destinations:0:{key}");
        }

        return installation.With(null);
    }

    /// <summary>Leaves everything on the disk for a person to look at; the folder.</summary>
    public string Keep() => _folder.Keep();

    /// <summary>A folder beside the data folder, removed with the installation.</summary>
    public string Folder(string name) => _folder.Folder(name);

    public Installation With(IReadOnlyDictionary<string, object?>? settings)
    {
        foreach (var (key, value) in settings ?? new Dictionary<string, object?>())
        {
            _settings[key] = value;
        }

        File.WriteAllText(ConfigFile, JsonSerializer.Serialize(_settings));
        return this;
    }

    /// <summary>PACS, schema and worker; returns when the worker says that it has started.</summary>
    public async Task StartAllAsync()
    {
        await Pacs.StartAsync();
        await MigrateAsync();
        await StartWorkerAsync();
        await Worker.WaitUntilReadyAsync();
    }

    public async Task MigrateAsync()
    {
        if (Road == Road.Distributed)
        {
            (await AsOwnerAsync("db", "migrate")).Succeeded();
            (await AsOwnerAsync("db", "grant", PostgresServer.LoginOf(DatabaseLogins.Worker), "--as", DatabaseLogins.Worker)).Succeeded();
        }
    }

    public async Task StartWorkerAsync()
    {
        await LaunchWorkerAsync();
        await Worker.WaitUntilStartedAsync();
    }

    /// <summary>Starts the process and does not wait for it.</summary>
    public async Task LaunchWorkerAsync(IReadOnlyDictionary<string, string>? environment = null)
    {
        if (Worker is not null)
        {
            _logs.Add(Worker.Log);
            await Worker.DisposeAsync();
        }

        Worker = WorkerProcess.Launch(ConfigFile, AdminPort, _folder.Path, null, environment);
    }

    /// <summary>A second process of this installation, with some of the roles and an admin port of its own. The caller disposes it.</summary>
    public async Task<WorkerProcess> StartRolesAsync(string roles)
    {
        var adminPort = Ports.Free();
        var process = WorkerProcess.Launch(ConfigFile, adminPort, _folder.Path, roles);
        await process.WaitUntilStartedAsync();
        return process;
    }

    /// <summary>Another command of the program on this configuration.</summary>
    public Task<ToolResult> CommandAsync(params string[] arguments) => Tool.RunAsync(WorkerProcess.Program, [.. arguments, "--config", ConfigFile], null, _folder.Path);

    /// <summary>A command with the login that owns the tables.</summary>
    private Task<ToolResult> AsOwnerAsync(params string[] arguments) =>
        Tool.RunAsync(WorkerProcess.Program, [.. arguments, "--config", ConfigFile], new Dictionary<string, string> { ["Database__ConnectionString"] = Records.ConnectionString }, _folder.Path);

    /// <summary>The file at a row's place in the spool.</summary>
    public PartTen Kept(string place)
    {
        var path = Path.Combine(_folder.Folder("kept"), place.Replace(':', '-') + ".dcm");
        File.WriteAllBytes(path, SpoolPlaces.Read(Spool, place));
        return PartTen.Read(path);
    }

    /// <summary>Records in the spool, and how many of them the rows know.</summary>
    public async Task<(int Records, long Known)> RecordedAsync() =>
        (SpoolPlaces.All(Spool).Count, await Rows.CountAsync("instance") + (await Rows.QueryAsync("SELECT COALESCE(SUM(duplicates), 0) AS n FROM instance"))[0].Number("n"));

    /// <summary>Every record has its row.</summary>
    public Task WaitUntilRecordedAsync() => Until.HoldsAsync("every record has its row",
        async () => await RecordedAsync() is var (records, known) && records == known, async () => $"{await RecordedAsync()}\n{AllLogs}");

    /// <summary>Every record has its row, every instance its outcome, and nothing is left to do.</summary>
    public Task WaitUntilIdleAsync() => Until.HoldsAsync("nothing is left to do", async () =>
        await RecordedAsync() is var (records, known) && records == known && await Rows.CountAsync("instance WHERE outcome IS NULL") == 0 && await Rows.CountAsync("work WHERE state IN ('ready', 'leased')") == 0,
        async () => $"{await StillOpenAsync()}\n{AllLogs}");

    public async ValueTask DisposeAsync()
    {
        if (Worker is not null)
        {
            await Worker.DisposeAsync();
            await NothingIsLeftOutAsync();
        }

        await Pacs.DisposeAsync();
        if (Road == Road.Embedded)
        {
            SqliteConnection.ClearAllPools();
        }

        _folder.Dispose();
    }

    /// <summary>Holds at any moment, also after a kill: what a test did to this installation, every image has its outcome, its work or its reason.</summary>
    private async Task NothingIsLeftOutAsync()
    {
        using var database = new RecordsDatabase(Records);
        if (!await database.AnswersAsync(default))
        {
            return;
        }

        // A test that gave the spool a disk of its own has taken it away by now.
        Func<IEnumerable<Guid>>? segments = Directory.Exists(Spool) && SpoolLog.List(Spool).Count > 0 ? () => SpoolLog.List(Spool).Select(s => s.Id) : null;
        var defects = await DefectQuery.RunAsync(database, DateTime.UtcNow, TimeSpan.FromHours(2), segments, default);
        Assert.True(defects.All(d => d.Kind == DefectKinds.LeaseOverdue), string.Join('\n', defects));
    }

    private async Task<string> StillOpenAsync() => string.Join('\n',
        (await Rows.QueryAsync("SELECT kind, state, attempts, reason_code, reason_detail FROM work WHERE state <> 'done'"))
            .Select(r => $"{r["kind"]} {r["state"]} after {r["attempts"]}: {r["reason_code"]} {r["reason_detail"]}"));
}
