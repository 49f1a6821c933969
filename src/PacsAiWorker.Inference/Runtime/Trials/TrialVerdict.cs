namespace PacsAiWorker.Inference.Runtime.Trials;

/// <summary>What came of trying a package.</summary>
/// <param name="Identity">Digest over the files that were tried; null when the card could not be read.</param>
/// <param name="Reason">Null when it passed; else the reason that its images get.</param>
/// <param name="Why">One sentence with the remedy; empty when it passed.</param>
public sealed record TrialVerdict(string? Identity, NotScoredReason? Reason, string Why)
{
    /// <summary>The last day on which the package may be used; null when the card could not be read.</summary>
    public DateOnly? ReviewBy { get; init; }

    /// <summary>The process that tried it did not live to the end.</summary>
    public bool Ended { get; init; }
}
