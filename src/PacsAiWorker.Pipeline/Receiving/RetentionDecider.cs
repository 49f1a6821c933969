using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>How a study stands to the bytes of its images.</summary>
public enum RetentionState
{
    /// <summary>Every report due is stored by each destination it was written for, or stays here by a safety rule.</summary>
    Delivered,

    /// <summary>No model spoke, or none that reports.</summary>
    NoReportDue,

    /// <summary>A report is written and no destination was configured: it stands in the rows and needs no image to leave.</summary>
    NoDestination,

    /// <summary>A person gave up what was still to be done: discarded work, a retired destination.</summary>
    GivenUp,

    /// <summary>All it has is other content under a UID that was there first: kept for people, never scored.</summary>
    SetAside,

    /// <summary>Images arrive, are scored, the study is decided or its report written.</summary>
    Working,

    /// <summary>A destination still owes its yes to a report.</summary>
    Undelivered,

    /// <summary>Work of it waits for a person.</summary>
    Parked,
}

/// <summary>Why a segment is still there.</summary>
public enum SegmentHold
{
    /// <summary>Nothing needs it: it goes with the next run.</summary>
    None,

    /// <summary>Not old enough, or everything is kept for ever.</summary>
    Young,

    /// <summary>It is written, or its rows have not followed to its end.</summary>
    Open,

    Working,
    Undelivered,
    Parked,

    /// <summary>It holds a record that could not have a row.</summary>
    Problem,
}

/// <summary>
/// Pure: may the bytes of a study's images go? Rule: every study reaches a state from which they may, also without model, report or a
/// living destination; the two that last for ever by themselves end by a person's act and are shown until then.
/// <list type="table">
/// <listheader><term>state</term><description>ends in</description></listheader>
/// <item><term>Delivered, NoReportDue, NoDestination, GivenUp, SetAside</term><description>bytes go at the age set, counted from the last activity</description></item>
/// <item><term>Working</term><description>by itself: attempts and the study's cap are limited; in one of the others, or Parked</description></item>
/// <item><term>Undelivered</term><description>the destination takes it: Delivered; <c>destination retire</c>: GivenUp; refused: Parked</description></item>
/// <item><term>Parked (identity conflicts too)</term><description><c>work retry</c>: Working; <c>work discard</c>: GivenUp</description></item>
/// </list>
/// </summary>
public static class RetentionDecider
{
    public static RetentionState StateOf(StudyStanding study) =>
        study.Parked > 0 ? RetentionState.Parked
        : study.Moving > 0 || study.Unscored > 0 || study.ReportsMissing > 0 ? RetentionState.Working
        : study.Undelivered > 0 ? RetentionState.Undelivered
        : study.InUse == 0 ? RetentionState.SetAside
        : study.VerdictGivenUp ? RetentionState.GivenUp
        : study.State != StudyStates.Complete ? RetentionState.Working
        : study.GivenUp > 0 ? RetentionState.GivenUp
        : study.Unaddressed > 0 ? RetentionState.NoDestination
        : study.Reports > 0 ? RetentionState.Delivered
        : RetentionState.NoReportDue;

    /// <param name="days">Days since the last activity; 0 keeps for ever.</param>
    public static bool MayGo(StudyStanding study, int days, DateTime now) =>
        IsFinal(StateOf(study)) && IsOld(study.LastActivity, days, now);

    public static bool IsFinal(RetentionState state) => state is not (RetentionState.Working or RetentionState.Undelivered or RetentionState.Parked);

    /// <summary>Whether a segment is worth looking into: old enough and recorded to its end.</summary>
    /// <param name="mark">How far its rows have come; null when no row followed yet.</param>
    /// <returns>None when it is.</returns>
    public static SegmentHold HoldBefore(long fileBytes, SpoolSegmentRow? mark, int days, DateTime now) =>
        mark?.RecordedBytes != fileBytes ? SegmentHold.Open
        : !IsOld(mark.ChangedAt, days, now) ? SegmentHold.Young
        : SegmentHold.None;

    /// <summary>A segment goes as a whole, so the one study that stays decides; what needs a person is named first.</summary>
    public static SegmentHold Hold(bool hasProblem, IReadOnlyList<StudyStanding> studies, int days, DateTime now)
    {
        var holds = studies.Where(s => !MayGo(s, days, now)).Select(s => StateOf(s) switch
        {
            RetentionState.Parked => SegmentHold.Parked,
            RetentionState.Undelivered => SegmentHold.Undelivered,
            RetentionState.Working => SegmentHold.Working,
            _ => SegmentHold.Young,
        });
        return hasProblem ? SegmentHold.Problem : holds.DefaultIfEmpty(SegmentHold.None).Max();
    }

    private static bool IsOld(DateTime since, int days, DateTime now) => days > 0 && now - since >= TimeSpan.FromDays(days);
}
