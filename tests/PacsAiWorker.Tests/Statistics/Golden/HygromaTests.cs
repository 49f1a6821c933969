using PacsAiWorker.Statistics.Paired;

namespace PacsAiWorker.Tests.Statistics.Golden;

/// <summary>arXiv:2512.22730: four folds, a Wilcoxon test, p = .0057.</summary>
public sealed class HygromaTests
{
    [Theory]
    [InlineData(4, .125)]
    [InlineData(5, .0625)]
    [InlineData(6, .03125)]
    [InlineData(8, .0078125)]
    [InlineData(10, .001953125)]
    [InlineData(16, .000030517578125)]
    public void So_few_pairs_can_give_no_smaller_exact_p(int n, double least)
    {
        Assert.Equal(least, WilcoxonSignedRank.LeastAttainable(n));
        Assert.Equal(least, WilcoxonSignedRank.Test(Enumerable.Range(1, n).Select(d => (double)d)).P!.Value, 15);
    }

    [Fact]
    public void The_printed_p_cannot_be_an_exact_one_of_four_folds() => Assert.False(WilcoxonSignedRank.CanBeExact(.0057, 4));

    [Fact]
    public void No_exact_test_of_thirty_pairs_or_fewer_prints_so()
    {
        for (var n = 1; n <= 30; n++)
            for (var w = 0; WilcoxonSignedRank.ExactTwoSided(n, w) is var p && p < .006; w++)
                Assert.NotEqual(.0057, Math.Round(p, 4));
    }

    [Theory]
    [InlineData(14.5, false)]
    [InlineData(14, true)]
    public void Four_metrics_in_four_folds_by_the_normal_approximation_do(double statistic, bool continuity) =>
        Assert.Equal(.0056676, WilcoxonSignedRank.NormalTwoSided(16, statistic, continuity), 7);

    [Theory]
    [InlineData(14, .00336)]
    [InlineData(15, .00418)]
    public void The_exact_p_of_sixteen_pairs(int statistic, double p) => Assert.Equal(p, WilcoxonSignedRank.ExactTwoSided(16, statistic), 5);
}
