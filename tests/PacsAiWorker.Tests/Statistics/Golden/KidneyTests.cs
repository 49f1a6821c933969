using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Tests.Statistics.Golden;

/// <summary>Tsai et al., JMIR Medical Informatics 2022, and its preprint.</summary>
public sealed class KidneyTests
{
    [Fact]
    public void Always_answering_abnormal_is_right_four_times_in_five() => Assert.Equal(.793621, new Proportion(1269, 1599).Value!.Value, 6);

    [Fact]
    public void One_printed_accuracy_is_cut_off_and_another_rounded()
    {
        var audit = new ReportedAudit([AuditLine.Of("stone", 94.1m, 94.17), AuditLine.Of("hyperechogenicity", 93.2m, 93.17)]);
        Assert.Equal([Rounding.Truncation], audit.Lines[0].Explained);
        Assert.Equal([Rounding.HalfUp, Rounding.Ceiling], audit.Lines[1].Explained);
        Assert.Equal(94.2m, Rounding.HalfUp.Shorten(94.17, 1));
        Assert.True(audit.IsMixed);
        Assert.Empty(audit.Unexplained);
    }
}
