using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.EndToEnd.Kill;

/// <summary>What is sent in one round: studies of equal size, one image of each at a time, over several associations.</summary>
internal sealed record KillLoad(int Studies, int Images, int Associations)
{
    private const int Most = 20;

    public int Total => Studies * Images;

    /// <summary>How often this load passes a stage at least, 20 at most: a kill may be ordered at any pass up to here.</summary>
    public int PassesOf(string stage) => Math.Min(Most, stage switch
    {
        // One group may serve all associations: only what is sent one after the other is surely apart.
        KillPoints.RecordBegun or KillPoints.RecordWritten or KillPoints.RecordSynced or KillPoints.RowsBegun or KillPoints.RowsCommitted => Images,

        // A wake-up for each image, each report and each delivery; a study becomes due by time.
        KillPoints.WakeUpClaimed or KillPoints.WakeUpPublished => Total + (2 * Studies),
        KillPoints.WorkClaimed => Total + (3 * Studies),
        KillPoints.Decoded or KillPoints.Scored or KillPoints.ScoreCommitted => Total,
        _ => Studies,
    });
}
