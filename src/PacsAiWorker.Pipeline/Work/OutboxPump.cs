using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>
/// Hands wake-ups from the outbox to the bus: confirmed and mandatory, five seconds each. What the bus does not take stays in the
/// outbox and is tried again; meanwhile polling finds the work.
/// </summary>
public sealed class OutboxPump(Outbox outbox, IBus bus, OutboxSignal signal, MessagingOptions options, ILogger<OutboxPump> log) : BackgroundService
{
    private const int Batch = 100;
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private bool _troubled;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await signal.WaitAsync(Idle, stoppingToken);
            try
            {
                while (await PumpAsync(stoppingToken) == Batch)
                {
                }

                _troubled = false;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // Said once per trouble: the work itself is found by polling.
                if (!_troubled)
                {
                    PipelineLog.WakeUpsDelayed(log, error.GetType().Name, error.Message);
                }

                _troubled = true;
            }
        }
    }

    private async Task<int> PumpAsync(CancellationToken cancellation)
    {
        var rows = await outbox.TakeAsync(Batch, Hold, cancellation);
        if (rows.Count == 0)
        {
            return 0;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(SendTimeout);
        await Task.WhenAll(rows.Select(row => SendAsync(row, timeout.Token)));
        await outbox.MarkSentAsync([.. rows.Select(r => r.Id)], cancellation);
        return rows.Count;
    }

    private async Task SendAsync(OutboxRow row, CancellationToken cancellation)
    {
        KillPoint.At(KillPoints.WakeUpClaimed);

        // Only the consumer declares queues: sending to the exchange never makes a classic queue by accident.
        var scheme = options.IsRabbitMq ? "exchange" : "queue";
        var endpoint = await bus.GetSendEndpoint(new Uri($"{scheme}:{BusQueues.Of(row.Kind, row.Tier)}"));
        await endpoint.Send(new WakeUp(row.WorkId, row.Kind, row.Tier), context =>
        {
            if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
            {
                rabbit.Mandatory = true;
            }
        }, cancellation);
        KillPoint.At(KillPoints.WakeUpPublished);
    }
}

/// <summary>Told by whoever commits outbox rows in this process, so that the pump need not poll for them.</summary>
public sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim _latch = new(0, 1);

    public void Set()
    {
        lock (_latch)
        {
            if (_latch.CurrentCount == 0)
            {
                _latch.Release();
            }
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => _latch.WaitAsync(atMost, cancellation);

    public void Dispose() => _latch.Dispose();
}
