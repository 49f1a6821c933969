using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>Returns the work of dead holders and forgets old wake-ups. Every process runs one; they do not disturb each other.</summary>
public sealed class Sweeper(WorkTable work, Outbox outbox, WorkOptions options, TimeProvider clock, ILogger<Sweeper> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.SweepSeconds), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var returned = await work.ReapAsync(stoppingToken);
                if (returned > 0)
                {
                    PipelineLog.LeasesReturned(log, returned);
                }

                await outbox.TrimAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                PipelineLog.SweepFailed(log, error.GetType().Name, error.Message);
            }
        }
    }
}
