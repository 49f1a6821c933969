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
    private readonly Dictionary<Task, string> _running = [];
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
                    var rows = await ClaimAsync(free, stoppingToken);
                    claimed = rows.Count;
                    foreach (var row in rows)
                    {
                        KillPoint.At(KillPoints.WorkClaimed);
                        Begin(row, stoppingToken);
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

        await Task.WhenAll(_running.Keys);
    }

    /// <summary>With lanes one at a time: what one lane takes changes what the next claim may take.</summary>
    private Task<List<WorkRow>> ClaimAsync(int free, CancellationToken stopping) => handler.Lanes is not { } lanes
        ? table.ClaimAsync(handler.Kind, identity.Name, options.Lease, free, stopping)
        : table.ClaimAsync(handler.Kind, identity.Name, options.Lease, 1, lanes.Closed(_running.Where(r => !r.Key.IsCompleted).CountBy(r => r.Value).ToDictionary()), stopping);

    private void Begin(WorkRow row, CancellationToken stopping)
    {
        var task = Task.Run(() => RunAsync(row, stopping), CancellationToken.None);
        _running.Add(task, row.Lane);
        if (handler.Lanes is not null)
        {
            // Its lane has room again, and nobody else says so.
            task.ContinueWith(_ => wakeUps.Signal(handler.Kind), TaskScheduler.Default);
        }
    }

    private void Forget()
    {
        foreach (var task in _running.Keys.Where(t => t.IsCompleted).ToList())
        {
            _running.Remove(task);
        }
    }

    /// <summary>Full: until a slot is free. Found work: look again at once. Nothing: until a wake-up or the poll.</summary>
    private async Task RestAsync(int claimed, CancellationToken stopping)
    {
        Forget();
        if (_running.Count >= handler.Slots)
        {
            await Task.WhenAny(_running.Keys);
            Forget();
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
