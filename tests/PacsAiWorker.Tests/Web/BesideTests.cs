using PacsAiWorker.Records.Queries;
using PacsAiWorker.Statistics.Roc;
using PacsAiWorker.Web.Pages;

namespace PacsAiWorker.Tests.Web;

public sealed class BesideTests
{
    [Fact]
    public void Flags_are_compared_on_all_studies_and_right_answers_and_areas_where_the_diagnosis_is_known()
    {
        PairedVerdict[] studies =
        [
            new(0.9, 0.8, true, true, true), new(0.7, 0.2, true, false, true), new(0.6, 0.1, true, false, false), new(0.1, 0.2, false, false, false), new(0.8, 0.3, true, false, null), new(0.2, 0.9, false, true, null),
        ];
        var beside = Beside.Of(new PackagePair("a 1", "prioritise", "b 1", "observe", studies));
        Assert.Equal((1, 3, 1), (beside.BothFlag, beside.Flags.FirstOnly, beside.Flags.SecondOnly));
        Assert.Equal((4, 6), (beside.Known.Numerator, beside.Known.Denominator));
        Assert.Equal((1, 1), (beside.Right.FirstOnly, beside.Right.SecondOnly));
        Assert.Equal(DeLong.Compare(([0.9, 0.7], [0.6, 0.1]), ([0.8, 0.2], [0.1, 0.2])), beside.Areas);
    }

    [Fact]
    public void With_one_case_on_a_side_there_is_no_area() =>
        Assert.Null(Beside.Of(new PackagePair("a 1", "prioritise", "b 1", "observe", [new(0.9, 0.8, true, true, true), new(0.1, 0.2, false, false, false), new(0.1, 0.2, false, false, false)])).Areas);
}
