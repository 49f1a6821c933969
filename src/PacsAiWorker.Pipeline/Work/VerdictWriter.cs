using Microsoft.Extensions.Logging;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>
/// Carries verdicts out. Those that are ready while one transaction is being written go together in the next: one wait for the disk for all
/// of them. Where they cannot be written together, each is written by itself, so that none takes another down.
/// </summary>
public sealed class VerdictWriter(WorkTable table, RecordsDatabase database, TimeProvider clock, ILogger log)
{
    private const int Most = 64;

    private readonly Lock _gate = new();
    private readonly List<Waiting> _waiting = [];
    private bool _isWriting;

    private sealed record Waiting(WorkRow Work, WorkVerdict Verdict)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Completes when the verdict and its effect are committed.</summary>
    /// <exception cref="LeaseLostException">Somebody else has the work now; nothing was written.</exception>
    public Task WriteAsync(WorkRow work, WorkVerdict verdict)
    {
        var waiting = new Waiting(work, verdict);
        lock (_gate)
        {
            _waiting.Add(waiting);
            if (_isWriting)
            {
                return waiting.Written.Task;
            }

            _isWriting = true;
        }

        _ = Task.Run(WriteAllAsync);
        return waiting.Written.Task;
    }

    private async Task WriteAllAsync()
    {
        while (Next() is { Count: > 0 } group)
        {
            if (group.Count == 1 || !await TryTogetherAsync(group))
            {
                foreach (var one in group)
                {
                    await WriteAloneAsync(one);
                }
            }
        }
    }

    private List<Waiting> Next()
    {
        lock (_gate)
        {
            List<Waiting> group = [.. _waiting.Take(Most)];
            _waiting.RemoveRange(0, group.Count);
            _isWriting = group.Count > 0;
            // Two processes that lock the same rows in the same order never wait for each other in a circle.
            return [.. group.OrderBy(w => (w.Verdict as WorkVerdict.Done)?.LockOrder, StringComparer.Ordinal)];
        }
    }

    private async Task<bool> TryTogetherAsync(List<Waiting> group)
    {
        try
        {
            await CommitAsync(group);
        }
        catch (Exception error)
        {
            PipelineLog.NotTogether(log, group.Count, error.GetType().Name, error.Message);
            return false;
        }

        group.ForEach(Tell);
        return true;
    }

    private async Task WriteAloneAsync(Waiting one)
    {
        try
        {
            try
            {
                await CommitAsync([one]);
            }
            catch (WorkSupersededException superseded)
            {
                await CommitAsync([one with { Verdict = new WorkVerdict.Postpone(TimeSpan.Zero, "superseded", superseded.Message) }]);
            }

            Tell(one);
        }
        catch (Exception error)
        {
            one.Written.SetException(error);
        }
    }

    private static void Tell(Waiting one)
    {
        if (one.Verdict is WorkVerdict.Done { Stage: { } stage })
        {
            KillPoint.At(stage);
        }

        one.Written.SetResult();
    }

    /// <summary>The audit comes last: its head stays locked until the transaction ends.</summary>
    private Task CommitAsync(IReadOnlyList<Waiting> group) => database.WriteAsync(async transaction =>
    {
        var events = new List<AuditEvent>();
        foreach (var (work, verdict) in group)
        {
            events.AddRange(await ApplyAsync(transaction, work, verdict));
        }

        await AuditChain.AppendAsync(transaction, events, clock.GetUtcNow().UtcDateTime, CancellationToken.None);
    }, CancellationToken.None);

    private async Task<IReadOnlyList<AuditEvent>> ApplyAsync(RecordsTransaction transaction, WorkRow work, WorkVerdict verdict)
    {
        var none = CancellationToken.None;
        var events = new List<AuditEvent>();
        var effect = verdict switch
        {
            WorkVerdict.Done done => done.Effect,
            WorkVerdict.Retry retry => retry.Effect,
            WorkVerdict.Park park => park.Effect,
            WorkVerdict.Postpone postpone => postpone.Effect,
            _ => null,
        };
        if (effect is not null)
        {
            events.AddRange(await effect(transaction, none));
        }

        switch (verdict)
        {
            case WorkVerdict.Done:
                await table.FinishAsync(transaction, work, none);
                break;
            case WorkVerdict.Postpone postpone:
                await table.PostponeAsync(transaction, work, postpone.Delay, postpone.Reason, postpone.Detail, none);
                break;
            case WorkVerdict.Retry retry:
                var backoff = Backoff.Delay(work.Attempts, Random.Shared.NextDouble());
                var delay = retry.Longest is { } longest && backoff > longest ? longest : backoff;
                await table.RetryAsync(transaction, work, delay, retry.Reason, retry.Detail, none);
                events.Add(Event(work, work.Attempts >= work.MaxAttempts ? "parked" : "retry", retry.Reason));
                break;
            case WorkVerdict.Park park:
                await table.ParkAsync(transaction, work, park.Reason, park.Detail, none);
                events.Add(Event(work, "parked", park.Reason));
                break;
        }

        return events;
    }

    private static AuditEvent Event(WorkRow work, string action, string reason) =>
        new(action, $"work:{work.Id}", null, new { work.Kind, subject = work.Subject, work.Attempts, reason });
}
