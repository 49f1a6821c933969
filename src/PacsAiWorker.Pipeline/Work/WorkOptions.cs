namespace PacsAiWorker.Pipeline.Work;

/// <summary>Section <c>Work</c>: how work is claimed and repeated. Numbers come from the reliability design.</summary>
public sealed record WorkOptions
{
    /// <summary>Seconds a claim holds without renewal, 5 … 3600.</summary>
    public int LeaseSeconds { get; init; } = 60;

    /// <summary>Seconds between renewals while a handler runs; must be below half the lease.</summary>
    public int RenewSeconds { get; init; } = 20;

    /// <summary>Seconds between looks without a wake-up; 0 means 1 in-process and 15 with a broker.</summary>
    public int PollSeconds { get; init; }

    /// <summary>Seconds between sweeps for leases that ran out.</summary>
    public int SweepSeconds { get; init; } = 5;

    /// <summary>Instances on their way at the same time in this process; 0 means twice the cores, at least four.</summary>
    public int ScoreSlots { get; init; }

    public TimeSpan Lease => TimeSpan.FromSeconds(LeaseSeconds);

    public TimeSpan Renew => TimeSpan.FromSeconds(RenewSeconds);
}
