using PacsAiWorker.Configuration;
using PacsAiWorker.Health;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Telemetry;

/// <summary>
/// Counts what was left out or is absent, for the metric that alerts. Not with each scrape: the queries walk whole tables, so they run each
/// minute, and never take more than a twentieth of the time.
/// </summary>
public sealed class InvariantWatch(RecordsDatabase database, WorkerOptions options, TimeProvider clock, ILogger<InvariantWatch> log) : BackgroundService
{
    private const int Share = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private volatile IReadOnlyDictionary<string, int> _counts = new Dictionary<string, int>();

    /// <summary>Rule → how often it does not hold; empty until the first look. Each rule is there, most of them with 0.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var begun = clock.GetTimestamp();
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                HostLog.InvariantsNotCounted(log, error.GetType().Name, error.Message);
            }

            var rest = clock.GetElapsedTime(begun) * Share;
            await Task.Delay(rest > Pause ? rest : Pause, clock, stoppingToken);
        }
    }

    /// <summary>One look.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var defects = await DefectQuery.RunAsync(database, now, options.StudyLimit, Directory.Exists(options.SpoolDirectory) ? () => SpoolLog.List(options.SpoolDirectory).Select(s => s.Id) : null, cancellation);
        var absent = await AbsenceQuery.RunAsync(database, now, options.AbsenceLimits, cancellation);
        _counts = Count(defects.Select(d => d.Kind).Concat(absent.Select(a => a.Kind)));
    }

    /// <summary>Pure: each rule with its count.</summary>
    internal static IReadOnlyDictionary<string, int> Count(IEnumerable<string> kinds)
    {
        var found = kinds.CountBy(k => k).ToDictionary();
        return DefectKinds.All.Concat(AbsenceKinds.All).ToDictionary(rule => rule, found.GetValueOrDefault);
    }
}
