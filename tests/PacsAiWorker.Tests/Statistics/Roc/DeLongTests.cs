using PacsAiWorker.Statistics.Roc;
using Xunit;

namespace PacsAiWorker.Tests.Statistics.Roc;

public sealed class DeLongTests
{
    [Fact]
    public void Area_and_variance_equal_the_values_computed_by_hand()
    {
        var estimate = DeLong.Estimate([0.9, 0.8, 0.4], [0.7, 0.4, 0.1]);
        Assert.Equal(7.5 / 9, estimate.Auc, 12);
        Assert.Equal(0.037037, estimate.Variance, 6);
        Assert.Equal(0.192450, estimate.StandardError, 6);
        Assert.Equal(7.5 / 9 - 1.959964 * 0.192450, estimate.Low, 5);
        Assert.Equal(1, estimate.High);
    }

    [Fact]
    public void Perfect_and_useless_scores_have_areas_one_and_a_half()
    {
        Assert.Equal(1, DeLong.Estimate([3, 4], [1, 2]).Auc);
        Assert.Equal(0.5, DeLong.Estimate([1, 1], [1, 1]).Auc);
        Assert.Equal(0, DeLong.Estimate([1, 2], [3, 4]).Auc);
    }

    [Fact]
    public void Too_few_cases_and_scores_that_are_no_numbers_are_errors()
    {
        Assert.Throws<ArgumentException>(() => DeLong.Estimate([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => DeLong.Estimate([1, double.NaN], [1, 2]));
    }
}
