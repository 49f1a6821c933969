using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>What Delivery reads and writes.</summary>
public sealed class DeliveryStore(RecordsDatabase database)
{
    /// <summary>The delivery with its report and result.</summary>
    public async Task<DeliveryRow> ReadAsync(Guid delivery, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Deliveries.AsNoTracking().Include(d => d.Report).ThenInclude(r => r!.Result).SingleAsync(d => d.Id == delivery, cancellation);
    }

    /// <summary>The package whose result it carries.</summary>
    public async Task<ModelRow?> ModelAsync(DeliveryRow delivery, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Models.AsNoTracking().SingleOrDefaultAsync(m => m.Identity == delivery.Report!.Result!.ModelIdentity, cancellation);
    }

    /// <summary>Keeps an answer: the last one on the delivery, each one in its own row. Gives the number of attempts so far.</summary>
    public static async Task<int> WriteAsync(RecordsTransaction transaction, Guid delivery, string state, int? status, string detail, DateTime now, CancellationToken cancellation)
    {
        var row = await transaction.Context.Deliveries.SingleAsync(d => d.Id == delivery, cancellation);
        (row.State, row.Status, row.Detail) = (state, status, detail);
        row.Attempts++;
        row.StoredAt = state == DeliveryStates.Stored ? now : null;
        transaction.Context.DeliveryAttempts.Add(new DeliveryAttemptRow { Id = Guid.CreateVersion7(), DeliveryId = delivery, At = now, Status = status, Detail = detail });
        await transaction.Context.SaveChangesAsync(cancellation);
        return row.Attempts;
    }
}
