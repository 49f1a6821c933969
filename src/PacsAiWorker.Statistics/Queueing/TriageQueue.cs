namespace PacsAiWorker.Statistics.Queueing;

/// <summary>
/// Studies that wait for one of several readers, flagged ones first: arrivals at random, reading times exponential and alike for both
/// classes (M/M/c; Kleinrock, Queueing Systems II, 1976). All times are in units of the rates; null where the queue grows for ever.
/// </summary>
/// <param name="Readers">At work, at least one.</param>
/// <param name="ReadRate">Studies one reader reads per unit of time.</param>
/// <param name="FlaggedRate">Flagged studies that arrive per unit of time.</param>
/// <param name="OtherRate">Other studies that arrive per unit of time.</param>
public sealed record TriageQueue(int Readers, double ReadRate, double FlaggedRate, double OtherRate)
{
    /// <summary>Share of the readers' time that is taken.</summary>
    public double Load => (FlaggedRate + OtherRate) / (Readers * ReadRate);

    /// <summary>Wait of any study in order of arrival.</summary>
    public double? FifoWait => Wait(FlaggedRate + OtherRate);

    /// <summary>Waits when a reading is never broken off.</summary>
    public (double Flagged, double Other)? NonPreemptiveWaits
    {
        get
        {
            if (FifoWait is not { } fifo)
                return null;
            var urgent = FlaggedRate / (Readers * ReadRate);
            return (fifo * (1 - Load) / (1 - urgent), fifo / (1 - urgent));
        }
    }

    /// <summary>Times from arrival to the end of reading when a flagged study breaks into a reading, which goes on later.</summary>
    public (double Flagged, double Other)? PreemptiveTimes
    {
        get
        {
            if (FifoWait is not { } fifo || Wait(FlaggedRate) is not { } wait)
                return null;
            double all = fifo + 1 / ReadRate, flagged = wait + 1 / ReadRate;
            return (flagged, OtherRate == 0 ? all : ((FlaggedRate + OtherRate) * all - FlaggedRate * flagged) / OtherRate);
        }
    }

    /// <summary>
    /// Mean wait of diseased patients with triage less without: below zero is time saved (no reading broken off). Missed ones wait longer
    /// than before, and that is counted.
    /// </summary>
    /// <param name="readers">At work.</param>
    /// <param name="readRate">Of one reader.</param>
    /// <param name="arrivalRate">Of all studies.</param>
    /// <param name="prevalence">Share that is diseased.</param>
    /// <param name="sensitivity">By study.</param>
    /// <param name="specificity">By study.</param>
    public static double? Saving(int readers, double readRate, double arrivalRate, double prevalence, double sensitivity, double specificity)
    {
        var flagged = arrivalRate * (prevalence * sensitivity + (1 - prevalence) * (1 - specificity));
        var queue = new TriageQueue(readers, readRate, flagged, arrivalRate - flagged);
        return queue.NonPreemptiveWaits is { } waits ? sensitivity * waits.Flagged + (1 - sensitivity) * waits.Other - queue.FifoWait : null;
    }

    /// <summary>Mean wait of an M/M/c queue by Erlang's C formula.</summary>
    private double? Wait(double arrivals)
    {
        var offered = arrivals / ReadRate;
        if (offered >= Readers)
            return null;
        var blocked = 1.0; // Erlang's B, by its recurrence: no factorials
        for (var k = 1; k <= Readers; k++)
            blocked = offered * blocked / (k + offered * blocked);
        var mustWait = blocked * Readers / (Readers - offered * (1 - blocked));
        return mustWait / (Readers * ReadRate - arrivals);
    }
}
