using PacsAiWorker.Records.Queries;
using PacsAiWorker.Telemetry;

namespace PacsAiWorker.Tests.Telemetry;

public sealed class InvariantWatchTests
{
    [Fact]
    public void Each_rule_has_its_count_and_one_that_holds_has_0_so_that_an_alarm_can_tell_it_from_silence()
    {
        var counts = InvariantWatch.Count([AbsenceKinds.Study, DefectKinds.FileGone, AbsenceKinds.Study]);
        Assert.Equal((2, 1, 0), (counts[AbsenceKinds.Study], counts[DefectKinds.FileGone], counts[DefectKinds.AuditGap]));
        Assert.Equal(DefectKinds.All.Count + AbsenceKinds.All.Count, counts.Count);
    }

    [Fact]
    public void Every_kind_that_the_query_knows_is_a_rule() =>
        Assert.Equal(typeof(DefectKinds).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).Order(), DefectKinds.All.Order());
}
