using PacsAiWorker.Benchmarks.Receive;

namespace PacsAiWorker.Tests.Benchmarks;

public sealed class ReceiveFiguresTests
{
    private static readonly Cell Rgb1 = Cell.Parse("rgb:1");

    [Fact]
    public void Ratios_are_best_against_best()
    {
        var figures = new Figures([Of("worker", 100), Of("worker", 300), Of("limit-commit", 400), Of("limit-commit", 200)]);
        Assert.Equal(0.75, figures.Ratio("worker", "limit-commit", Rgb1));
    }

    [Fact]
    public void A_ratio_to_what_was_left_out_is_not_measured() => Assert.Null(new Figures([Of("worker", 100)]).Ratio("worker", "limit-commit", Rgb1));

    [Theory]
    [InlineData(new double[] { 3, 1, 2 }, 2)]
    [InlineData(new double[] { 4, 1, 2, 3 }, 2.5)]
    public void The_median_is_the_middle(double[] rates, double median) => Assert.Equal(median, new Figures([.. rates.Select(r => Of("worker", r))]).Median("worker", Rgb1));

    [Fact]
    public void Processor_time_is_summed_before_it_is_divided() =>
        Assert.Equal(2, new Figures([Of("worker", 1, cpuSeconds: 0.01), Of("worker", 1, cpuSeconds: 0.03)]).CpuMs("worker", Rgb1));

    [Fact]
    public void The_digest_is_taken_off_the_processor_time_that_is_compared()
    {
        var figures = new Figures([Of("worker", 1, cpuSeconds: 0.05), Of("SHA-256", 500), Of("limit-commit", 1, cpuSeconds: 0.02)]);
        var bar = Assert.Single(Bars.Judge(figures), b => b.Name.StartsWith("CPU", StringComparison.Ordinal));
        Assert.Equal((1.5, "met"), (bar.Measured!.Value, bar.Verdict));
    }

    [Theory]
    [InlineData(false, 1.0, "met")]
    [InlineData(false, 0.99, "NOT met")]
    [InlineData(true, 1.0, "met")]
    [InlineData(true, 1.01, "NOT met")]
    [InlineData(false, null, "not measured")]
    public void A_bar_is_met_up_to_its_bound(bool atMost, double? measured, string verdict) => Assert.Equal(verdict, new Bar("first", "", 1, atMost, measured).Verdict);

    private static Sample Of(string name, double perSecond, double cpuSeconds = 0) =>
        new(ReceiverSlot.Section, name, Rgb1, 1, new Sent(10, 0, perSecond), cpuSeconds, 0, null, 0);
}
