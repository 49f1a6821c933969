using PacsAiWorker.Statistics.Calibration;

namespace PacsAiWorker.Tests.Statistics.Calibration;

public sealed class ReliabilityTests
{
    [Fact]
    public void Every_case_is_in_one_bin_and_a_limit_belongs_to_the_bin_below()
    {
        var cases = Enumerable.Range(0, 101).Select(i => (i % 2 == 0, i / 100.0)).ToArray();
        var bins = Reliability.Bins(cases);
        Assert.Equal([11, 10, 10, 10, 10, 10, 10, 10, 10, 10], bins.Select(b => b.Observed.Denominator));
        Assert.All(bins, b => Assert.True(b.Range.Contains(b.MeanProbability!.Value)));
    }

    [Fact]
    public void Probabilities_that_hold_have_no_error_and_certainty_that_is_wrong_has_all()
    {
        Assert.Equal(0, Reliability.ExpectedError([(true, .5), (false, .5)]));
        Assert.Equal(1, Reliability.ExpectedError([(true, 0), (false, 1)]));
        Assert.Equal((null, null), (Reliability.Brier([]), Reliability.ExpectedError([])));
    }

    [Fact]
    public void What_is_no_probability_is_refused() => Assert.Throws<ArgumentException>(() => Reliability.Brier([(true, 1.2)]));
}
