using System.Diagnostics.Metrics;

namespace PacsAiWorker.Pipeline;

/// <summary>What this project counts. Labels: AE titles, reasons, destinations, models; never UIDs or anything about a patient.</summary>
public static class PipelineMeters
{
    public const string Name = "PacsAiWorker";

    private static readonly Meter Meter = new(Name);

    /// <summary>From what an idle worker needs to a quiet time of five minutes and a PACS that was away for an hour.</summary>
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600] };

    internal static readonly Counter<long> Received = Meter.CreateCounter<long>("pacsai.instances.received", "{instance}", "Instances received whole, by calling AE");
    internal static readonly Counter<long> Recorded = Meter.CreateCounter<long>("pacsai.instances.recorded", "{instance}", "Instances whose row was written, by verdict");
    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>("pacsai.instances.refused", "{instance}", "Instances answered with a failure status");
    internal static readonly Counter<long> Rejected = Meter.CreateCounter<long>("pacsai.associations.rejected", "{association}", "Associations refused");
    internal static readonly Counter<long> Outcomes = Meter.CreateCounter<long>("pacsai.instances.outcome", "{instance}", "Final outcomes by reason");
    internal static readonly Counter<long> Versions = Meter.CreateCounter<long>("pacsai.instances.versions", "{instance}", "Other bytes under a known SOP Instance UID, by verdict: correction, or conflict of pixels");
    internal static readonly Counter<long> Deliveries = Meter.CreateCounter<long>("pacsai.delivery.attempts", "{attempt}", "Answers of destinations by outcome");
    internal static readonly Counter<long> Commitments = Meter.CreateCounter<long>("pacsai.commitment.reports", "{report}", "Reports of storage commitment by destination and outcome");
    internal static readonly Counter<long> StrangeCommitments = Meter.CreateCounter<long>("pacsai.commitment.strange", "{report}", "Reports of storage commitment that belong to no question of ours");
    internal static readonly Counter<long> Notices = Meter.CreateCounter<long>("pacsai.priority.messages", "{message}", "Rises of priority by what became of their message");
    internal static readonly Counter<long> Told = Meter.CreateCounter<long>("pacsai.hl7.received", "{message}", "HL7 messages received, by answer");
    internal static readonly Histogram<double> CommitSeconds = Meter.CreateHistogram<double>("pacsai.journal.commit.duration", "s", "One group of rows");
    internal static readonly Histogram<double> DoorToFlag = Meter.CreateHistogram("pacsai.door_to_flag", "s", "From the last image received to the flag, quiet time included where the package waits for it", advice: Seconds);
    internal static readonly Histogram<double> DoorToReport = Meter.CreateHistogram("pacsai.door_to_sr", "s", "From the last image received to the report stored in a PACS, quiet time included", advice: Seconds);

    internal static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
