using System.Diagnostics.Metrics;

namespace PacsAiWorker.Pipeline;

/// <summary>What this project counts. Labels: AE titles, reasons, destinations, models; never UIDs or anything about a patient.</summary>
public static class PipelineMeters
{
    public const string Name = "PacsAiWorker";

    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Received = Meter.CreateCounter<long>("pacsai.instances.received", "{instance}", "Instances received whole, by calling AE");
    internal static readonly Counter<long> Recorded = Meter.CreateCounter<long>("pacsai.instances.recorded", "{instance}", "Instances whose row was written, by verdict");
    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>("pacsai.instances.refused", "{instance}", "Instances answered with a failure status");
    internal static readonly Counter<long> Rejected = Meter.CreateCounter<long>("pacsai.associations.rejected", "{association}", "Associations refused");
    internal static readonly Counter<long> Outcomes = Meter.CreateCounter<long>("pacsai.instances.outcome", "{instance}", "Final outcomes by reason");
    internal static readonly Counter<long> Deliveries = Meter.CreateCounter<long>("pacsai.delivery.attempts", "{attempt}", "Answers of destinations by outcome");
    internal static readonly Counter<long> Commitments = Meter.CreateCounter<long>("pacsai.commitment.reports", "{report}", "Reports of storage commitment by destination and outcome");
    internal static readonly Counter<long> StrangeCommitments = Meter.CreateCounter<long>("pacsai.commitment.strange", "{report}", "Reports of storage commitment that belong to no question of ours");
    internal static readonly Counter<long> Notices = Meter.CreateCounter<long>("pacsai.priority.messages", "{message}", "Rises of priority by what became of their message");
    internal static readonly Counter<long> Told = Meter.CreateCounter<long>("pacsai.hl7.received", "{message}", "HL7 messages received, by answer");
    internal static readonly Histogram<double> CommitSeconds = Meter.CreateHistogram<double>("pacsai.journal.commit.duration", "s", "One group of rows");

    internal static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
