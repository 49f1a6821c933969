using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Reports that were written while no destination was configured start on their way when one is.</summary>
public sealed class WaitingReports(Destinations destinations, ReportStore store, TimeProvider clock, ILogger<WaitingReports> log) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (destinations.All.Count > 0)
        {
            try
            {
                await store.QueueWaitingAsync([.. destinations.All.Select(d => d.Name)], clock.GetUtcNow().UtcDateTime, stoppingToken);
                return;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // A database that is away must not end the process, which goes on receiving.
                PipelineLog.WaitingReportsNotQueued(log, error.GetType().Name, error.Message);
                await Task.Delay(Again, clock, stoppingToken);
            }
        }
    }
}
