using PacsAiWorker.Configuration;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Runtime;
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
        (!_roles.Contains(WorkerRoles.Score) || services.GetRequiredService<ModelShelf>().HasLooked)
        && (!_roles.Contains(WorkerRoles.Receive) || services.GetRequiredService<ReceiverService>().Port > 0);

    /// <summary>What is missing beside the disk, a sentence each. It never makes a receiver unready: carts must not wait for a database or a model.</summary>
    public async Task<IReadOnlyList<string>> DegradedAsync(CancellationToken cancellation) =>
        [.. await FaultsAsync(cancellation), .. Packages?.Suspended.Values ?? [], .. Packages?.Models.Where(m => m.Shortfall is not null).Select(m => $"{m.Name} runs on the processor: {m.Shortfall}") ?? []];

    private ModelSet? Packages => _roles.Contains(WorkerRoles.Score) ? services.GetRequiredService<ModelShelf>().Packages : null;

    private async Task<List<string>> FaultsAsync(CancellationToken cancellation)
    {
        var problems = new List<string>();
        if (!await database.AnswersAsync(cancellation))
        {
            problems.Add("the database does not answer");
        }

        if (_roles.Contains(WorkerRoles.Receive))
        {
            var storage = services.GetRequiredService<StorageHealth>();
            if (storage.RowsWait is { } wait)
            {
                problems.Add($"rows of received images wait since {wait.Since:u} ({wait.Error})");
            }

            problems.AddRange(storage.DamagedSegments.Select(s => $"spool segment {s.Key:N}: {s.Value}"));
        }

        problems.AddRange(Scoring);
        return problems;
    }

    /// <summary>What stops scoring. A package that was refused beside others that run is said in the log and by <c>model list</c>.</summary>
    private IEnumerable<string> Scoring
    {
        get
        {
            if (Packages is not { } packages)
            {
                yield break;
            }

            if (packages.Models.Count == 0)
            {
                var recipes = packages.Refused.Where(r => r.Reason == NotScoredReason.WeightsNotInstalled).ToList();
                yield return "no model package is in use" + string.Concat(packages.Refused.Except(recipes).Select(r => $"; {r.Folder}: {r.Why}"))
                    + (recipes.Count > 0 ? $"; weights not installed: {string.Join(", ", recipes.Select(r => r.Folder))}" : "");
            }

            foreach (var model in packages.Models.Where(m => m.Queue.Trouble is not null))
            {
                yield return $"{model.Name} does not run: {model.Queue.Trouble}; its images wait";
            }
        }
    }

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
            var storage = services.GetRequiredService<StorageHealth>().Fault ?? DiskGuard.Look(options.SpoolDirectory, options.Spool.Watermark);
            if (storage is not null)
            {
                problems.Add(storage);
            }
        }

        if (!_roles.Contains(WorkerRoles.Receive))
        {
            problems.AddRange(await FaultsAsync(cancellation));
        }

        return problems;
    }
}
