using PacsAiWorker.Configuration;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records;

namespace PacsAiWorker.Health;

/// <summary>What <c>/health/*</c> says. Receiving never depends on GPU, broker or PACS.</summary>
public sealed class WorkerHealth(IServiceProvider services, WorkerOptions options, RecordsDatabase database)
{
    private readonly IReadOnlyList<string> _roles = WorkerRoles.Parse(options.Roles);

    /// <summary>The start is over: configuration valid, schema fits, packages looked at, port open.</summary>
    public bool IsStarted =>
        (!_roles.Contains(WorkerRoles.Score) || services.GetRequiredService<ModelShelf>().Registry is not null)
        && (!_roles.Contains(WorkerRoles.Receive) || services.GetRequiredService<ReceiverService>().Port > 0);

    /// <summary>Why nothing can be scored here; null when something can. It never makes a receiver unready: carts must not wait for a model.</summary>
    public string? Scoring => _roles.Contains(WorkerRoles.Score) && services.GetRequiredService<ModelShelf>().Registry is { Models.Count: 0 } registry
        ? "no model package is in use" + string.Concat(registry.Refused.Select(r => $"; {r.Folder}: {r.Why}"))
        : null;

    /// <summary>Empty when ready, else what is missing, a sentence each.</summary>
    public async Task<IReadOnlyList<string>> NotReadyAsync(CancellationToken cancellation)
    {
        var problems = new List<string>();
        if (!IsStarted)
        {
            problems.Add("still starting");
        }

        if (_roles.Contains(WorkerRoles.Receive))
        {
            var storage = services.GetRequiredService<StorageHealth>().Problem
                ?? DiskGuard.Look(services.GetRequiredService<Spool>().Root, options.Spool.Watermark);
            if (storage is not null)
            {
                problems.Add(storage);
            }
        }

        if (!await database.AnswersAsync(cancellation))
        {
            problems.Add("the database does not answer");
        }

        if (!_roles.Contains(WorkerRoles.Receive) && Scoring is { } problem)
        {
            problems.Add(problem);
        }

        return problems;
    }
}
