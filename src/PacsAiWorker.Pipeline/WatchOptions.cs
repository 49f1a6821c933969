namespace PacsAiWorker.Pipeline;

/// <summary>Section <c>Watch</c>: after how long <c>status</c> and the metrics say that something is absent.</summary>
public sealed record WatchOptions
{
    /// <summary>Minutes after a modality's last word about a step until objects that it made and that are not here are said, 5 … 10080.</summary>
    public int StepMinutes { get; init; } = 60;

    /// <summary>Minutes without anything accepted by a destination or receiver for which something waits, 5 … 10080.</summary>
    public int SilentMinutes { get; init; } = 60;
}
