using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>Which packages were in use, at which stage.</summary>
public sealed class ModelStore(RecordsDatabase database)
{
    /// <summary>Remembers a loaded package; a change of its stage is audited.</summary>
    public Task WriteDownAsync(ModelRow model, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var row = await transaction.Context.Models.SingleOrDefaultAsync(r => r.Identity == model.Identity, cancellation);
        var before = row?.Stage;
        if (row is null)
        {
            transaction.Context.Models.Add(model);
        }
        else if (before != model.Stage)
        {
            (row.Stage, row.StageSince) = (model.Stage, model.StageSince);
        }

        if (before != model.Stage)
        {
            await transaction.Context.SaveChangesAsync(cancellation);
            await AuditChain.AppendAsync(transaction,
                [new AuditEvent("model stage", $"model:{model.Identity}", null, new { model = model.ModelId, model.Version, from = before, to = model.Stage })], model.StageSince, cancellation);
        }
    }, cancellation);
}
