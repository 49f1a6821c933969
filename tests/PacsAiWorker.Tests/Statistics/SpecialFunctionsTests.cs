using PacsAiWorker.Statistics;

namespace PacsAiWorker.Tests.Statistics;

public sealed class SpecialFunctionsTests
{
    [Fact]
    public void Quantiles_lead_back_to_their_chances()
    {
        foreach (var p in (double[])[1e-300, 1e-100, 1e-20, 1e-6, .001, .025, .1, .3, .5])
            Assert.Equal(1, SpecialFunctions.NormalCdf(SpecialFunctions.NormalQuantile(p)) / p, 12);
        foreach (var (a, b) in ((double, double)[])[(.5, .5), (1, 3), (75, 1), (1020, 404), (2, 90_000)])
            foreach (var p in (double[])[1e-12, .001, .025, .5, .975])
                Assert.Equal(1, SpecialFunctions.Beta(SpecialFunctions.BetaQuantile(p, a, b), a, b) / p, 10);
    }

    [Fact]
    public void Known_values()
    {
        Assert.Equal(1.959963984540054, SpecialFunctions.NormalWidth(.95), 14);
        Assert.Equal(0, SpecialFunctions.NormalQuantile(.5), 15);
        Assert.Equal(.8427007929497149, 1 - SpecialFunctions.Erfc(1), 15);
        Assert.Equal(1, SpecialFunctions.Erfc(10) / 2.088487583762545e-45, 12);
        Assert.Equal(12.706204736174707, SpecialFunctions.StudentWidth(.95, 1), 10);
        Assert.Equal(2.2281388519862744, SpecialFunctions.StudentWidth(.95, 10), 13);
        Assert.Equal(.001, SpecialFunctions.ChiSquareUpper(10.827566170662733), 15);
    }

    [Fact]
    public void The_incomplete_beta_function_of_whole_numbers_is_a_sum_of_throws()
    {
        for (var n = 1; n <= 60; n++)
        {
            var sum = 0.0;
            for (var k = 0; k < n; k++)
            {
                sum += Binomial(n, k) / Math.Pow(2, n);
                Assert.Equal(1, SpecialFunctions.FairCoinCdf(k, n) / sum, 12);
                Assert.Equal(1, SpecialFunctions.FairCoin(k, n) / (Binomial(n, k) / Math.Pow(2, n)), 12);
            }
        }
    }

    [Fact]
    public void No_chance_outside_zero_and_one_has_a_quantile()
    {
        foreach (var p in (double[])[0, 1, -1, double.NaN])
            Assert.Throws<ArgumentOutOfRangeException>(() => SpecialFunctions.NormalQuantile(p));
    }

    private static double Binomial(int n, int k) => Enumerable.Range(1, k).Aggregate(1.0, (product, i) => product * (n - k + i) / i);
}
