using System.Collections.Concurrent;
using MassTransit;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>Where wake-ups arrive in this process: one latch a kind. Many wake-ups before a look count as one.</summary>
public sealed class WakeUps
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _latches = new();

    public void Signal(string kind)
    {
        var latch = Latch(kind);
        lock (latch)
        {
            if (latch.CurrentCount == 0)
            {
                latch.Release();
            }
        }
    }

    /// <summary>Returns at a wake-up or after <paramref name="poll"/>, whichever comes first.</summary>
    public Task WaitAsync(string kind, TimeSpan poll, CancellationToken cancellation) => Latch(kind).WaitAsync(poll, cancellation);

    private SemaphoreSlim Latch(string kind) => _latches.GetOrAdd(kind, _ => new SemaphoreSlim(0));
}

/// <summary>Takes wake-ups from the bus. It acknowledges at once: the row is what matters.</summary>
public sealed class WakeUpConsumer(WakeUps wakeUps) : IConsumer<WakeUp>
{
    public Task Consume(ConsumeContext<WakeUp> context)
    {
        wakeUps.Signal(context.Message.Kind);
        return Task.CompletedTask;
    }
}
