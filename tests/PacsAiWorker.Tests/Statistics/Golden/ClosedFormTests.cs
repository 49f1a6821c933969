using PacsAiWorker.Statistics.Calibration;
using PacsAiWorker.Statistics.Paired;
using PacsAiWorker.Statistics.Queueing;
using PacsAiWorker.Statistics.Roc;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Tests.Statistics.Golden;

/// <summary>Small cases computed by hand.</summary>
public sealed class ClosedFormTests
{
    private static readonly double[] Positives = [.9, .8, .4], Negatives = [.7, .4, .1];

    [Fact]
    public void Area_and_its_two_variances()
    {
        var delong = DeLong.Estimate(Positives, Negatives);
        Assert.Equal((.833333, .037037, .192450), (Math.Round(delong.Auc, 6), Math.Round(delong.Variance, 6), Math.Round(delong.StandardError, 6)));
        var hanley = HanleyMcNeil.Estimate(delong.Auc, 3, 3);
        Assert.Equal((.033870, .18404), (Math.Round(hanley.Variance, 6), Math.Round(hanley.StandardError, 5)));
    }

    [Fact]
    public void McNemar_of_ten_and_two()
    {
        var test = new McNemar(10, 2);
        Assert.Equal((5.3333, 4.0833), (Math.Round(test.ChiSquare!.Value, 4), Math.Round(test.CorrectedChiSquare!.Value, 4)));
        Assert.Equal((.038574, .022461), (Math.Round(test.ExactP, 6), Math.Round(test.MidP, 6)));
    }

    [Fact]
    public void Brier_and_entropy()
    {
        Assert.Equal(.1875, Reliability.Brier([(true, .9), (false, .8), (false, .3), (false, .1)])!.Value, 12);
        Assert.Equal((.248435, .281205), (Math.Round(Reliability.Entropy([.932, .068]), 6), Math.Round(Reliability.Entropy([.081, .919]), 6)));
    }

    [Fact]
    public void Waits_of_one_reader_at_four_fifths_load()
    {
        var queue = new TriageQueue(1, 1, .2, .6);
        Assert.Equal(4, queue.FifoWait!.Value, 12);
        var (flagged, other) = queue.NonPreemptiveWaits!.Value;
        Assert.Equal((1, 5), (Math.Round(flagged, 12), Math.Round(other, 12)));
        var (first, second) = queue.PreemptiveTimes!.Value;
        Assert.Equal((1.25, 6.25), (Math.Round(first, 12), Math.Round(second, 12)));
        Assert.Equal(4, (.2 * flagged + .6 * other) / .8, 12);
        Assert.Equal(5, (.2 * first + .6 * second) / .8, 12);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void The_proportion_rule_of_ten_images(int abnormal, bool flagged) =>
        Assert.Equal(flagged, StudyAggregation.Parse("proportion:0.328")!.Judge([.. Enumerable.Range(0, 10).Select(i => i < abnormal ? .9 : .1)], .5).Flagged);
}
