namespace PacsAiWorker.Statistics.Intervals;

/// <summary>From <paramref name="Low"/> to <paramref name="High"/>, both belonging to it.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether the value lies in it.</summary>
    public bool Contains(double value) => value >= Low && value <= High;

    internal Interval Within(double least, double most) => new(Math.Max(least, Low), Math.Min(most, High));
}
