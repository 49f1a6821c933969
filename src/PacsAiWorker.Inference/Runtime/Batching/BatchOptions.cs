namespace PacsAiWorker.Inference.Runtime.Batching;

/// <summary>How batches are formed.</summary>
/// <param name="MostTime">A batch that would run longer is made smaller: it is what a STAT image may have to wait for.</param>
/// <param name="MostWait">What waits longer than this gets every <paramref name="AgedTurn"/>th batch, whatever its tier.</param>
/// <param name="AgedTurn">1 in so many.</param>
/// <param name="Ahead">Batches of the largest size that may be prepared or waiting for one network.</param>
/// <param name="Reserved">Places of these that only STAT and urgent images get.</param>
/// <param name="SmallAgain">How long a network keeps to smaller batches after its device had no memory.</param>
/// <param name="Reopenings">Tries to open a lost session again before the network is given up.</param>
public sealed record BatchOptions(
    TimeSpan MostTime, TimeSpan MostWait, int AgedTurn, int Ahead, int Reserved, TimeSpan SmallAgain, int Reopenings)
{
    /// <summary>inference.md section 9: 100 ms a batch, one batch in flight and one being prepared.</summary>
    public static BatchOptions Default { get; } =
        new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(2), 8, 2, 2, TimeSpan.FromMinutes(5), 3);
}
