using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;

namespace PacsAiWorker.Telemetry;

/// <summary>Collects the meters and writes them as Prometheus text. Labels never carry UIDs.</summary>
public sealed class Metrics : IDisposable
{
    private readonly PrometheusText _text = new();
    private readonly BaseExportingMetricReader _reader;
    private readonly OpenTelemetrySdk _sdk;
    private readonly Meter _backlog = new(PipelineMeters.Name);
    private readonly RecordsDatabase _database;
    private readonly TimeProvider _clock;
    private readonly Lock _scrape = new();
    private StatusReport? _status;

    public Metrics(RecordsDatabase database, InvariantWatch invariants, TimeProvider clock)
    {
        (_database, _clock) = (database, clock);
        _reader = new BaseExportingMetricReader(_text);
        _sdk = OpenTelemetrySdk.Create(builder => builder.WithMetrics(m => m.AddMeter(PipelineMeters.Name, "System.Runtime").AddReader(_reader)));
        _backlog.CreateObservableGauge("pacsai.work.ready", () => Lines(b => b.Ready), "{work}", "Work that waits for its turn");
        _backlog.CreateObservableGauge("pacsai.work.leased", () => Lines(b => b.Leased), "{work}", "Work that is being done");
        _backlog.CreateObservableGauge("pacsai.work.parked", () => Lines(b => b.Parked), "{work}", "Work that needs a person");
        _backlog.CreateObservableGauge("pacsai.work.oldest.age", () => Lines(b => b.OldestDueSince is { } since ? (_clock.GetUtcNow().UtcDateTime - since).TotalSeconds : 0), "s", "How long the oldest due work has waited");
        _backlog.CreateObservableGauge("pacsai.invariant.violations", () => invariants.Counts.Select(c => new Measurement<double>(c.Value, new KeyValuePair<string, object?>("rule", c.Key))), "{violation}", "What was left out without a reason, or is absent; 0 for each rule that holds");
        _backlog.CreateObservableGauge("pacsai.flags.day", () => Budgets(b => b.Flagged), "{study}", "Studies that a package with a budget flagged in the last 24 hours");
        _backlog.CreateObservableGauge("pacsai.flags.budget", () => Budgets(b => b.FlagsPerDay), "{study}", "Studies that it is expected to flag in 24 hours at most (Models:FlagBudgets)");
        _backlog.CreateObservableGauge("pacsai.studies.unassessed", () => (double)(_status?.StudiesUnassessed ?? 0), "{study}", "Complete studies on which no model spoke");
    }

    /// <summary>The current figures.</summary>
    public async Task<string> ScrapeAsync(CancellationToken cancellation)
    {
        var status = await StatusQuery.RunAsync(_database, _clock.GetUtcNow().UtcDateTime, cancellation);
        lock (_scrape)
        {
            _status = status;

            // Through the exporter: a pull reader that is collected directly collects nothing.
            _text.Collect!(5000);
            return _text.Last;
        }
    }

    public void Dispose()
    {
        _sdk.Dispose();
        _backlog.Dispose();
    }

    private IEnumerable<Measurement<double>> Budgets(Func<FlagBudgetLine, double> value) =>
        _status?.FlagBudgets.Select(b => new Measurement<double>(value(b), new KeyValuePair<string, object?>("model", b.ModelId), new KeyValuePair<string, object?>("version", b.ModelVersion))) ?? [];

    private IEnumerable<Measurement<double>> Lines(Func<BacklogLine, double> value) =>
        _status?.Backlog.Select(b => new Measurement<double>(value(b), new KeyValuePair<string, object?>("kind", b.Kind))) ?? [];
}
