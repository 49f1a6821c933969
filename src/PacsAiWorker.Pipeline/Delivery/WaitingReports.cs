using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Reports that were written while no destination was configured start on their way when one is.</summary>
public sealed class WaitingReports(Destinations destinations, RecordsDatabase database, WorkTable table, TimeProvider clock) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (destinations.All.Count == 0)
        {
            return;
        }

        await database.WriteAsync(async context =>
        {
            var waiting = await context.Reports.Where(r => !context.Deliveries.Any(d => d.ReportId == r.Id)).Select(r => r.Id).ToListAsync(cancellationToken);
            foreach (var report in waiting)
            {
                await NewDeliveries.AddAsync(context, table, report, [.. destinations.All.Select(d => d.Name)], 2, clock.GetUtcNow().UtcDateTime, cancellationToken);
            }
        }, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
