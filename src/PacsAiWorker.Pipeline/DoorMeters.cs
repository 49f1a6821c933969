using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline;

/// <summary>From the last image that a step could know of to the step. A clock that runs behind the receiver's gives 0, never less.</summary>
internal static class DoorMeters
{
    /// <summary>A machine has just raised the study; nothing is counted where nothing was flagged.</summary>
    public static void Flagged(StudyRow study)
    {
        if (study.FlaggedAt is { } at)
        {
            PipelineMeters.DoorToFlag.Record(TimeToFlag.Between(study.LastReceivedAt, at), Tier(study.Tier));
        }
    }

    /// <summary>A PACS has just stored a report for the first time.</summary>
    /// <param name="lastImage">When the last image came that the report could know of, UTC.</param>
    public static void Stored(DateTime lastImage, DateTime at, short tier) => PipelineMeters.DoorToReport.Record(TimeToFlag.Between(lastImage, at), Tier(tier));

    private static KeyValuePair<string, object?> Tier(short tier) => PipelineMeters.Tag("tier", tier switch { 0 => "stat", 1 => "urgent", 2 => "routine", _ => "backfill" });
}
