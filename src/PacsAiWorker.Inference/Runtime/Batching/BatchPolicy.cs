namespace PacsAiWorker.Inference.Runtime.Batching;

/// <summary>What one network has waiting.</summary>
/// <param name="BestTier">The most urgent tier that waits (0 STAT … 3 backfill); any value when nothing does.</param>
/// <param name="Waiting">Items that wait.</param>
/// <param name="OldestWait">How long the oldest of them has waited.</param>
/// <param name="Served">Device time that it had, made comparable when it came back from having nothing.</param>
public readonly record struct QueueView(int BestTier, int Waiting, TimeSpan OldestWait, TimeSpan Served);

/// <summary>
/// Pure: whose turn it is. The most urgent tier goes first, whatever waits elsewhere; between networks whose best tier is equal the one that
/// had less of the device. So that nothing starves, every so many batches go to whoever waited too long.
/// </summary>
public static class BatchPolicy
{
    /// <summary>Index of the network whose batch is formed now, -1 when nothing waits.</summary>
    /// <param name="queues">One a network.</param>
    /// <param name="batch">Number of the batch, counted from 1.</param>
    public static int Choose(ReadOnlySpan<QueueView> queues, long batch, BatchOptions options)
    {
        var best = -1;
        var isAgedTurn = batch % options.AgedTurn == 0;
        for (var i = 0; i < queues.Length; i++)
            if (queues[i].Waiting > 0 && (best < 0 || IsBefore(queues[i], queues[best], isAgedTurn, options)))
                best = i;
        return best;
    }

    /// <summary>Whether a batch that may hold only some of what waits takes the longest waiting rather than the most urgent.</summary>
    public static bool TakesOldest(QueueView queue, long batch, BatchOptions options) =>
        batch % options.AgedTurn == 0 && queue.OldestWait > options.MostWait;

    /// <summary>The smallest bucket that holds <paramref name="rows"/>; the largest when none does.</summary>
    public static int Bucket(IReadOnlyList<int> buckets, int rows)
    {
        for (var i = 0; i < buckets.Count; i++)
            if (buckets[i] >= rows)
                return buckets[i];
        return buckets[^1];
    }

    private static bool IsBefore(QueueView a, QueueView b, bool isAgedTurn, BatchOptions options)
    {
        if (isAgedTurn && (a.OldestWait > options.MostWait || b.OldestWait > options.MostWait))
            return a.OldestWait > b.OldestWait;
        return a.BestTier != b.BestTier ? a.BestTier < b.BestTier : a.Served < b.Served;
    }
}
