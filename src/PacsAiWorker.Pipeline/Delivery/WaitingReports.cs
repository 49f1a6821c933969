using Microsoft.Extensions.Hosting;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Reports that were written while no destination was configured start on their way when one is.</summary>
public sealed class WaitingReports(Destinations destinations, ReportStore store, TimeProvider clock) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => destinations.All.Count == 0
        ? Task.CompletedTask
        : store.QueueWaitingAsync([.. destinations.All.Select(d => d.Name)], clock.GetUtcNow().UtcDateTime, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
