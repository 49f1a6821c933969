namespace PacsAiWorker.Tests.Inference;

/// <summary>A clock that stands still.</summary>
internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public static FixedClock On(int year, int month, int day) => new(new DateTimeOffset(year, month, day, 23, 0, 0, TimeSpan.Zero));

    public override DateTimeOffset GetUtcNow() => now;
}
