using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>
/// Asks the modality worklist for the age of patients whose images do not tell it and were not scored for that reason (safety rule 16). No
/// image waits for the list: what it tells sends them through again.
/// </summary>
public sealed class AgeWatch(MwlOptions options, OrderLookup lookup, AgeStore store, TimeProvider clock, ILogger<AgeWatch> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10), Recent = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Host.Length == 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(Look, clock);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                PipelineLog.AgeNotAsked(log, error.GetType().Name, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One look.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        foreach (var wanted in await store.WantedAsync(now - Recent, cancellation))
        {
            if (await lookup.AskAsync(wanted.Accession, wanted.PatientId, cancellation) is { } answer
                && new AgeHint(false, null, answer.BirthDate, answer.Age).TellsOn(wanted.StudyDate))
            {
                PipelineLog.AgeFromWorklist(log, wanted.Study, await store.KeepAsync(wanted, answer.BirthDate, answer.Age, now, cancellation));
            }
        }
    }
}
