using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>Claims work of one kind, runs its handler under a renewed lease, and has the verdict carried out in one transaction.</summary>
public sealed class WorkLoop(
    IWorkHandler handler, WorkTable table, RecordsDatabase database, WakeUps wakeUps, OutboxSignal outbox, WorkerIdentity identity,
    WorkOptions options, MessagingOptions messaging, TimeProvider clock, ILogger<WorkLoop> log) : BackgroundService
{
    private readonly HashSet<Task> _running = [];
    private readonly VerdictWriter _writer = new(table, database, clock, log);

    /// <summary>A broker's wake-ups make polling rare; a study becomes due by time alone, so nothing wakes for it.</summary>
    private TimeSpan Poll => TimeSpan.FromSeconds(options.PollSeconds > 0 ? options.PollSeconds : messaging.IsRabbitMq && handler.Kind != WorkKinds.Study ? 15 : 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var claimed = 0;
            try
            {
                var free = handler.Slots - _running.Count;
                if (free > 0)
                {
                    var rows = await table.ClaimAsync(handler.Kind, identity.Name, options.Lease, free, stoppingToken);
                    claimed = rows.Count;
                    foreach (var row in rows)
                    {
                        KillPoint.At(KillPoints.WorkClaimed);
                        _running.Add(Task.Run(() => RunAsync(row, stoppingToken), CancellationToken.None));
                    }
                }
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                PipelineLog.ClaimFailed(log, handler.Kind, error.GetType().Name, error.Message);
                await Task.Delay(Poll, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await RestAsync(claimed, stoppingToken);
        }

        await Task.WhenAll(_running);
    }

    /// <summary>Full: until a slot is free. Found work: look again at once. Nothing: until a wake-up or the poll.</summary>
    private async Task RestAsync(int claimed, CancellationToken stopping)
    {
        _running.RemoveWhere(t => t.IsCompleted);
        if (_running.Count >= handler.Slots)
        {
            await Task.WhenAny(_running);
            _running.RemoveWhere(t => t.IsCompleted);
        }
        else if (claimed == 0)
        {
            await wakeUps.WaitAsync(handler.Kind, Poll, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(WorkRow work, CancellationToken stopping)
    {
        try
        {
            var verdict = await HandleAsync(work, stopping);
            if (verdict is not null)
            {
                await _writer.WriteAsync(work, verdict);
                outbox.Set();
            }
        }
        catch (LeaseLostException lost)
        {
            PipelineLog.LeaseLost(log, work.Kind, work.Id, lost.Message);
        }
        catch (Exception error)
        {
            // The effect could not be written: nothing happened, the lease runs out and somebody tries again.
            PipelineLog.EffectFailed(log, work.Kind, work.Id, error.GetType().Name, error.Message);
        }
    }

    /// <summary>Null when the process stops or the lease is gone: whoever holds the work next does it.</summary>
    private async Task<WorkVerdict?> HandleAsync(WorkRow work, CancellationToken stopping)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var renewal = RenewAsync(work, cancel);
        try
        {
            return await handler.HandleAsync(work, cancel.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return new WorkVerdict.Postpone(TimeSpan.Zero, "stopping", "the worker was stopped");
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception error)
        {
            PipelineLog.HandlerFailed(log, error, work.Kind, work.Id, work.Attempts);
            return new WorkVerdict.Retry("fault", $"{error.GetType().Name}: {error.Message}");
        }
        finally
        {
            await cancel.CancelAsync();
            await renewal;
        }
    }

    private async Task RenewAsync(WorkRow work, CancellationTokenSource cancel)
    {
        using var timer = new PeriodicTimer(options.Renew, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel.Token))
            {
                if (!await table.RenewAsync(work, options.Lease, cancel.Token))
                {
                    await cancel.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The handler is done, or the lease is gone.
        }
        catch (Exception error)
        {
            PipelineLog.RenewalFailed(log, work.Kind, work.Id, error.GetType().Name, error.Message);
        }
    }
}

/// <summary>Name of this process in leases: host, process and a random part, so that a restart is somebody else.</summary>
public sealed record WorkerIdentity(string Name)
{
    /// <summary>The embedded road has one process: its name may stay, so that a restart takes its own leases back at once.</summary>
    public static WorkerIdentity Embedded { get; } = new("embedded");

    public static WorkerIdentity New() => new($"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}");
}
