namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>Looks every 20 ms how much memory of its own a process tree has, and keeps the most.</summary>
internal sealed class MemoryPeak : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;
    private long _peak;

    public MemoryPeak(ProcessTree tree) => _watching = WatchAsync(tree);

    /// <summary>10^6 bytes.</summary>
    public double MB => Interlocked.Read(ref _peak) / 1e6;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync(ProcessTree tree)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        IReadOnlyList<int> ids = [];
        try
        {
            for (var look = 0; ; look++)
            {
                // To list the tree costs more than to look at it.
                ids = look % 5 == 0 ? tree.Ids() : ids;
                Interlocked.Exchange(ref _peak, Math.Max(_peak, ProcessTree.AnonymousBytes(ids)));
                await timer.WaitForNextTickAsync(_end.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
