using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class RetentionDeciderTests
{
    private static readonly DateTime Now = Rows.Time;

    private static StudyStanding Complete => new(Guid.Empty, StudyStates.Complete, Now.AddDays(-30)) { Images = 3, InUse = 3 };

    private static StudyStanding Open => Complete with { State = StudyStates.Open };

    public static TheoryData<string, StudyStanding, RetentionState> States => new()
    {
        { "no model spoke, or none reports", Complete, RetentionState.NoReportDue },
        { "every report is stored", Complete with { Reports = 2 }, RetentionState.Delivered },
        { "no destination was configured", Complete with { Reports = 2, Unaddressed = 1 }, RetentionState.NoDestination },
        { "a destination was retired", Complete with { Reports = 2, GivenUp = 1 }, RetentionState.GivenUp },
        { "a scoring was discarded", Complete with { GivenUp = 1 }, RetentionState.GivenUp },
        { "an identity conflict was discarded", Open with { VerdictGivenUp = true }, RetentionState.GivenUp },
        { "only other content under known UIDs", Open with { InUse = 0 }, RetentionState.SetAside },
        { "images may still come", Open, RetentionState.Working },
        { "an image is not scored", Complete with { Unscored = 1 }, RetentionState.Working },
        { "an image is not scored and the verdict given up", Open with { VerdictGivenUp = true, Unscored = 1 }, RetentionState.Working },
        { "work is due", Complete with { Moving = 1, Reports = 1 }, RetentionState.Working },
        { "a report is due and not written", Complete with { ReportsMissing = 1 }, RetentionState.Working },
        { "a destination is away", Complete with { Reports = 1, Undelivered = 1 }, RetentionState.Undelivered },
        { "one destination is away and the other retired", Complete with { Reports = 1, Undelivered = 1, GivenUp = 1 }, RetentionState.Undelivered },
        { "an identity conflict waits", Open with { Parked = 1 }, RetentionState.Parked },
        { "a refused report waits", Complete with { Reports = 1, Undelivered = 1, Parked = 1 }, RetentionState.Parked },
        { "a scoring waits", Complete with { Unscored = 1, Parked = 1 }, RetentionState.Parked },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void A_study_has_one_state_and_only_final_ones_let_its_bytes_go(string what, StudyStanding study, RetentionState expected)
    {
        Assert.True(expected == RetentionDecider.StateOf(study), what);
        var final = expected is RetentionState.Delivered or RetentionState.NoReportDue or RetentionState.NoDestination or RetentionState.GivenUp or RetentionState.SetAside;
        Assert.Equal(final, RetentionDecider.MayGo(study, 30, Now));
        Assert.False(RetentionDecider.MayGo(study, 31, Now));
    }

    /// <summary>Whatever a study waits for, acts of a person or time alone end it.</summary>
    [Theory]
    [MemberData(nameof(States))]
    public void Every_state_can_end_in_a_final_one(string what, StudyStanding study, RetentionState expected)
    {
        var ended = expected switch
        {
            RetentionState.Parked => study with { Parked = 0, Unscored = 0, Undelivered = 0, GivenUp = 1, VerdictGivenUp = study.State == StudyStates.Open },
            RetentionState.Undelivered => study with { Undelivered = 0, GivenUp = 1 },
            RetentionState.Working => study with { Unscored = 0, Moving = 0, ReportsMissing = 0, State = StudyStates.Complete },
            _ => study,
        };
        Assert.True(RetentionDecider.IsFinal(RetentionDecider.StateOf(ended)), what);
    }

    [Fact]
    public void Zero_days_keep_for_ever() => Assert.False(RetentionDecider.MayGo(Complete with { LastActivity = DateTime.UnixEpoch }, 0, Now));

    [Fact]
    public void A_segment_goes_only_when_all_in_it_may()
    {
        Assert.Equal(SegmentHold.None, RetentionDecider.Hold(false, [], 30, Now));
        Assert.Equal(SegmentHold.None, RetentionDecider.Hold(false, [Complete, Complete], 30, Now));
        Assert.Equal(SegmentHold.Young, RetentionDecider.Hold(false, [Complete, Complete with { LastActivity = Now }], 30, Now));
        Assert.Equal(SegmentHold.Working, RetentionDecider.Hold(false, [Complete, Open], 30, Now));
        Assert.Equal(SegmentHold.Undelivered, RetentionDecider.Hold(false, [Complete with { Undelivered = 1 }, Open], 30, Now));
        Assert.Equal(SegmentHold.Parked, RetentionDecider.Hold(false, [Complete with { Undelivered = 1 }, Open with { Parked = 1 }], 30, Now));
        Assert.Equal(SegmentHold.Problem, RetentionDecider.Hold(true, [Complete], 30, Now));
    }

    [Fact]
    public void A_segment_that_is_written_or_not_recorded_to_its_end_is_not_looked_into()
    {
        var mark = new SpoolSegmentRow { RecordedBytes = 1024, ChangedAt = Now.AddDays(-30) };
        Assert.Equal(SegmentHold.None, RetentionDecider.HoldBefore(1024, mark, 30, Now));
        Assert.Equal(SegmentHold.Young, RetentionDecider.HoldBefore(1024, mark, 31, Now));
        Assert.Equal(SegmentHold.Young, RetentionDecider.HoldBefore(1024, mark, 0, Now));
        Assert.Equal(SegmentHold.Open, RetentionDecider.HoldBefore(1536, mark, 30, Now));
        Assert.Equal(SegmentHold.Open, RetentionDecider.HoldBefore(1024, null, 30, Now));
    }
}
