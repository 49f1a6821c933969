using PacsAiWorker.Commands;
using PacsAiWorker.Configuration;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Health;

/// <summary>Writes down each minute what this process finds of itself and of what it needs, for the page that shows it.</summary>
public sealed class FactKeeper(IServiceProvider services, WorkerOptions options, RecordsDatabase database, FactStore store, TimeProvider clock, ILogger<FactKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>It speaks of days, and looks at all that is in the spool.</summary>
    private static readonly TimeSpan ForecastLasts = TimeSpan.FromHours(1);

    private readonly IReadOnlyList<string> _roles = WorkerRoles.Parse(options.Roles);

    private (Finding Finding, DateTime At)? _forecast;

    /// <summary>Machine and roles: two processes of one machine have different ones.</summary>
    internal string Worker => $"{Environment.MachineName} ({string.Join(", ", _roles)})";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WriteAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                HostLog.FactsNotWritten(log, error.GetType().Name, error.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            // The packages are told of as soon as there are any.
            var wait = _roles.Contains(WorkerRoles.Score) && services.GetRequiredService<ModelShelf>().Packages is null ? TimeSpan.FromSeconds(2) : Pause;
            await Task.Delay(wait, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One look.</summary>
    internal async Task WriteAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        List<(string Kind, Finding Finding)> found =
        [
            (FactKinds.Database, new Finding("database", true, database.Options.IsPostgres ? "PostgreSQL answers" : "SQLite answers")),
            (FactKinds.Broker, await Surroundings.BrokerAsync(options, cancellation)),
            .. Surroundings.Certificates(options, now).Select(c => (FactKinds.Certificate, c)),
        ];
        if (_roles.Contains(WorkerRoles.Receive))
        {
            found.Add((FactKinds.Disk, Surroundings.Disk(options)));
            if (Directory.Exists(options.SpoolDirectory))
            {
                if (_forecast is not { } known || now - known.At >= ForecastLasts)
                {
                    var segments = await SpoolWords.SurveyAsync(database, options, now, cancellation);
                    _forecast = (await Surroundings.ForecastAsync(database, options, segments, now, cancellation), now);
                }

                found.Add((FactKinds.Disk, _forecast.Value.Finding));
            }
        }

        if (_roles.Contains(WorkerRoles.Score))
        {
            found.AddRange(Devices(services.GetRequiredService<ModelShelf>()).Select(d => (FactKinds.Device, d)));
        }

        if (_roles.Contains(WorkerRoles.Deliver))
        {
            found.AddRange(Peers.Of(options).Select(p => (FactKinds.Peer, new Finding(p.Name, true, p.Address))));
        }

        var worker = Worker;
        await store.WriteAsync(worker, [.. found.DistinctBy(f => (f.Kind, f.Finding.What)).Select(f => new WorkerFactRow { Worker = worker, Kind = f.Kind, Name = f.Finding.What, IsWell = f.Finding.Well, Says = f.Finding.Says, At = now })], now, cancellation);
    }

    /// <summary>On what each package runs, and why not where it should.</summary>
    private static IEnumerable<Finding> Devices(ModelShelf shelf) => shelf.Packages is not { } packages ? [new Finding("packages", true, "being loaded")]
        : packages.Models.Count == 0 ? [new Finding("packages", false, "no package is in use: `model list` on the worker says why")]
        : packages.Models.Select(m => new Finding(m.Name, m.Shortfall is null && m.Queue.Trouble is null, m.Queue.Trouble ?? (m.Shortfall is { } shortfall ? $"{m.Runtime}: {shortfall}" : m.Runtime)));
}
