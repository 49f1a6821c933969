using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>Which packages were in use, at which stage.</summary>
public sealed class ModelStore(RecordsDatabase database)
{
    /// <summary>Remembers a loaded package; a change of its stage, or of what its flag means at this site, is audited.</summary>
    public Task WriteDownAsync(ModelRow model, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var row = await transaction.Context.Models.SingleOrDefaultAsync(r => r.Identity == model.Identity, cancellation);
        var (before, meant) = (row?.Stage, row?.PositivePriority);
        if (row is null)
        {
            transaction.Context.Models.Add(model);
        }
        else
        {
            // Written down before there were such facts.
            row.Facts = row.Facts.Length == 0 ? model.Facts : row.Facts;
            if (before != model.Stage)
            {
                (row.Stage, row.StageSince) = (model.Stage, model.StageSince);
            }

            (row.PositivePriority, row.FlagsPerDay) = (model.PositivePriority, model.FlagsPerDay);
        }

        if (meant is not null && meant != model.PositivePriority)
        {
            await transaction.Context.SaveChangesAsync(cancellation);
            await AuditChain.AppendAsync(transaction,
                [new AuditEvent("model priority", $"model:{model.Identity}", null, new { model = model.ModelId, model.Version, from = meant, to = model.PositivePriority })], model.StageSince, cancellation);
        }

        if (before != model.Stage)
        {
            await transaction.Context.SaveChangesAsync(cancellation);
            await AuditChain.AppendAsync(transaction,
                [new AuditEvent("model stage", $"model:{model.Identity}", null, new { model = model.ModelId, model.Version, from = before, to = model.Stage, priority = model.PositivePriority })], model.StageSince, cancellation);
        }
    }, cancellation);

    /// <summary>All that were ever in use.</summary>
    public async Task<IReadOnlyList<ModelRow>> ListAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Models.AsNoTracking().OrderBy(m => m.ModelId).ThenByDescending(m => m.StageSince).ToListAsync(cancellation);
    }

    /// <summary>Those that people have stopped.</summary>
    public async Task<IReadOnlyList<ModelRow>> SuspendedAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Models.AsNoTracking().Where(m => m.SuspendedAt != null).ToListAsync(cancellation);
    }

    /// <summary>All that were ever in use and are called so: an id, id@version, or the beginning of an identity.</summary>
    public async Task<IReadOnlyList<ModelRow>> FindAsync(string name, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Models.AsNoTracking()
            .Where(m => m.ModelId == name || m.ModelId + "@" + m.Version == name || (name.Length >= 12 && m.Identity.StartsWith(name)))
            .OrderBy(m => m.ModelId).ThenBy(m => m.Version).ToListAsync(cancellation);
    }

    /// <summary>Stops these packages; a person's act, audited. Gives how many were not stopped before.</summary>
    public Task<int> SuspendAsync(IReadOnlyList<string> identities, string why, string actor, DateTime now, CancellationToken cancellation) =>
        ChangeAsync(identities, m => m.SuspendedAt is null, m => (m.SuspendedAt, m.SuspendedWhy) = (now, why), "model suspended", why, actor, now, cancellation);

    /// <summary>Lets stopped packages score again, but for those that are recalled; a person's act, audited. What was not told for their sake is looked at again. Gives how many were stopped.</summary>
    public Task<int> ResumeAsync(IReadOnlyList<string> identities, string why, string actor, DateTime now, CancellationToken cancellation) =>
        ChangeAsync(identities, m => m is { SuspendedAt: not null, RecalledAt: null }, m => (m.SuspendedAt, m.SuspendedWhy) = (null, ""), "model resumed", why, actor, now, cancellation);

    private Task<int> ChangeAsync(
        IReadOnlyList<string> identities, Func<ModelRow, bool> applies, Action<ModelRow> change, string action, string why, string actor, DateTime now, CancellationToken cancellation) =>
        database.WriteAsync(async transaction =>
        {
            var rows = (await transaction.Context.Models.Where(m => identities.Contains(m.Identity)).ToListAsync(cancellation)).Where(applies).ToList();
            rows.ForEach(change);
            await transaction.Context.SaveChangesAsync(cancellation);
            if (rows.Any(m => m.SuspendedAt is null))
            {
                await NoticeStore.LookAgainAsync(transaction, "reason_code = 'suspended'", [], cancellation);
            }

            await AuditChain.AppendAsync(transaction,
                rows.Select(m => new AuditEvent(action, $"model:{m.Identity}", null, new { model = m.ModelId, m.Version, why }, actor)).ToList(), now, cancellation);
            return rows.Count;
        }, cancellation);
}
