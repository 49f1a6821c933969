namespace PacsAiWorker.Pipeline.Studies;

/// <summary>Section <c>Studies</c>: when a study counts as complete.</summary>
public sealed record StudiesOptions
{
    /// <summary>Seconds without a new image, 1 … 3600; carts that send while scanning want 180 to 300.</summary>
    public int QuietSeconds { get; init; } = 60;

    /// <summary>Seconds after which a study is decided whatever still arrives.</summary>
    public int MaxOpenSeconds { get; init; } = 3600;
}
