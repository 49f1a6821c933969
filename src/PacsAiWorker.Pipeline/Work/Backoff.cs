namespace PacsAiWorker.Pipeline.Work;

/// <summary>How long to wait before the next attempt.</summary>
public static class Backoff
{
    private static readonly TimeSpan Base = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Cap = TimeSpan.FromHours(1);

    /// <summary>min(1 h, 2 s · 2^(attempt-1)) times a jitter of 0.8 … 1.2.</summary>
    /// <param name="attempt">1 for the first failure.</param>
    /// <param name="random">0 … 1, handed in so that tests can choose.</param>
    public static TimeSpan Delay(int attempt, double random)
    {
        var doublings = Math.Clamp(attempt - 1, 0, 20);
        var delay = TimeSpan.FromSeconds(Math.Min(Cap.TotalSeconds, Base.TotalSeconds * Math.Pow(2, doublings)));
        return delay * (0.8 + (0.4 * random));
    }
}
