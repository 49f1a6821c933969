using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>Keeps what is expected up to date: the day's steps of the modality worklist, and which performed steps are whole. What is absent is a query of its own.</summary>
public sealed class AbsenceWatch(MwlOptions options, ScheduledSteps steps, ExpectedStore store, TimeProvider clock, ILogger<AbsenceWatch> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1), AskAgain = TimeSpan.FromMinutes(5);

    private DateTimeOffset _asked = DateTimeOffset.MinValue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, clock);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                PipelineLog.AbsenceNotWatched(log, error.GetType().Name, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One look.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        await store.SettleAsync(now.UtcDateTime, cancellation);
        if (!options.Expect || now - _asked < AskAgain)
        {
            return;
        }

        _asked = now;
        try
        {
            // Blocking sockets: a thread of the pool is enough for so few.
            var (listed, isWhole) = await Task.Run(() => steps.Ask(now), cancellation);
            await store.WriteAsync(listed, isWhole, now.UtcDateTime, cancellation);
            PipelineLog.ExpectedStudies(log, listed.Count, isWhole ? "all" : "not all");
        }
        catch (Exception error) when (error is AssociationException or SocketException or IOException or TimeoutException)
        {
            PipelineLog.ExpectedNotAsked(log, error.Message);
        }
    }
}
