namespace PacsAiWorker.Records.Queries;

/// <summary>When a study reached each step, UTC, by the clocks of whoever did it; null while it has not.</summary>
/// <param name="Images">When the last byte of each of its current images came.</param>
public sealed record StudyMilestones(IReadOnlyList<DateTime> Images)
{
    /// <summary>When the last of its images had its outcome.</summary>
    public DateTime? ScoredAt { get; init; }

    /// <summary>When a machine first raised it to where it stood.</summary>
    public DateTime? FlaggedAt { get; init; }

    /// <summary>When it was decided under its current revision.</summary>
    public DateTime? DecidedAt { get; init; }

    /// <summary>When the last report due on that revision was stored.</summary>
    public DateTime? StoredAt { get; init; }

    /// <summary>When the last of them was promised to be kept.</summary>
    public DateTime? CommittedAt { get; init; }
}

/// <summary>
/// How long each step took, in seconds from the last image that the step could know of: an image that comes after the flag makes the flag no
/// slower. Quiet time is part of what waits for it.
/// </summary>
/// <param name="LastImageAt">When the last image came; by our receiver's clock, never by the cart's.</param>
/// <param name="IsSkewed">A step seems to come before the images that it is about: clocks of our machines disagree. Such a step counts as 0.</param>
public sealed record TimeToFlag(
    DateTime LastImageAt, double? SecondsToScore, double? SecondsToFlag, double? SecondsToDecision, double? SecondsToStored, double? SecondsToCommitted, bool IsSkewed)
{
    /// <summary>Pure; null for a study without images in use.</summary>
    public static TimeToFlag? Of(StudyMilestones study)
    {
        if (study.Images.Count == 0)
        {
            return null;
        }

        var skewed = false;
        double? Since(DateTime? step, DateTime? known)
        {
            if (step is not { } at || known is not { } until)
            {
                return null;
            }

            var before = study.Images.Where(i => i <= until).DefaultIfEmpty(study.Images.Min()).Max();
            skewed |= at < before;
            return Between(before, at);
        }

        var last = study.Images.Max();
        return new TimeToFlag(last, Since(study.ScoredAt, last), Since(study.FlaggedAt, study.FlaggedAt), Since(study.DecidedAt, study.DecidedAt),
            Since(study.StoredAt, study.DecidedAt), Since(study.CommittedAt, study.DecidedAt), skewed);
    }

    /// <summary>Seconds, never below 0.</summary>
    public static double Between(DateTime from, DateTime to) => Math.Max(0, (to - from).TotalSeconds);
}
