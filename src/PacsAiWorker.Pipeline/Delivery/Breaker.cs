namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Pure: how a destination stands after it failed to answer. It rests, then one attempt shows whether it answers again.</summary>
/// <param name="Failures">One after the other, without an answer between.</param>
/// <param name="RestsUntil">UTC.</param>
public readonly record struct Breaker(int Failures, DateTime RestsUntil)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>What fails beside the attempt that began the rest is the same failure.</summary>
    public Breaker Failed(DateTime now) => now < RestsUntil ? this : new(Failures + 1, now + Rest(Failures + 1));

    /// <summary>How many may be busy with it now.</summary>
    public int Room(int most, DateTime now) => Failures == 0 ? most : now < RestsUntil ? 0 : 1;

    /// <summary>10 s, doubled with each failure, at most 5 min.</summary>
    public static TimeSpan Rest(int failures) => TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 10))));
}
