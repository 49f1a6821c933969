using PacsAiWorker.Statistics.Control;
using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Tests.Statistics.Control;

public sealed class ProportionChartTests
{
    /// <summary>Mean 0.1 of 1000: three standard deviations of 100 cases are 3 · √(0.1 · 0.9 / 100) = 0.09.</summary>
    [Fact]
    public void The_limits_are_three_standard_deviations_of_each_period()
    {
        var chart = ProportionChart.Of([new(70, 800), new(10, 100), new(20, 100)]);
        Assert.Equal(0.1, chart.Mean!.Value, 12);
        Assert.Equal((0.01, 0.19), (Math.Round(chart.Points[1].Limits!.Value.Low, 12), Math.Round(chart.Points[1].Limits!.Value.High, 12)));
        Assert.Equal([false, false, true], chart.Points.Select(p => p.IsOutside));
    }

    [Fact]
    public void Where_nothing_was_counted_nothing_is_said()
    {
        var chart = ProportionChart.Of([new Proportion(0, 0), new Proportion(0, 0)]);
        Assert.Null(chart.Mean);
        Assert.All(chart.Points, p => Assert.True(p.Limits is null && !p.IsOutside));
    }
}
