using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>Queues a report for its destinations; the hand-over from Reporting to Delivery.</summary>
public static class NewDeliveries
{
    /// <summary>A PACS may be away for weeks: a delivery is never given up by itself.</summary>
    private const int NoLimit = int.MaxValue;

    public static async Task AddAsync(RecordsContext context, WorkTable table, Guid report, IReadOnlyList<string> destinations, short tier, DateTime now, CancellationToken cancellation)
    {
        foreach (var destination in destinations)
        {
            var delivery = new DeliveryRow { Id = Guid.CreateVersion7(), ReportId = report, Destination = destination, State = DeliveryStates.Pending, CreatedAt = now };
            context.Deliveries.Add(delivery);
            await context.SaveChangesAsync(cancellation);
            await table.EnqueueAsync(context, new NewWork(WorkKinds.Deliver, delivery.Id.ToString(), delivery.Id, tier, MaxAttempts: NoLimit), cancellation);
        }
    }
}
