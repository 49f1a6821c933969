using PacsAiWorker.Statistics.Paired;

namespace PacsAiWorker.Tests.Statistics.Paired;

public sealed class PairedTests
{
    [Fact]
    public void Answers_that_never_differ_give_no_chi_square_and_a_p_of_one()
    {
        var test = McNemar.Of([(true, true), (false, false)]);
        Assert.Equal((0, null, null), (test.Discordant, test.ChiSquare, test.CorrectedP));
        Assert.Equal((1, 1), (test.ExactP, test.MidP));
    }

    [Fact]
    public void Equal_counts_of_difference_give_an_exact_p_of_one() => Assert.Equal((1, 1 - .3125 / 2), (new McNemar(3, 3).ExactP, Math.Round(new McNemar(3, 3).MidP, 12)));

    [Fact]
    public void The_exact_p_counts_all_sign_patterns_with_ties_and_zeros_too()
    {
        var random = new Random(6);
        for (var round = 0; round < 100; round++)
        {
            double[] differences = [.. Enumerable.Range(0, random.Next(1, 11)).Select(_ => (double)random.Next(-4, 5)), 2];
            foreach (var zeros in Enum.GetValues<ZeroRule>())
            {
                var test = WilcoxonSignedRank.Test(differences, zeros: zeros);
                Assert.Equal(Counted(differences, zeros, test.Statistic), test.P!.Value, 12);
                Assert.True(test.P >= test.LeastAttainable);
                Assert.Equal(differences.Count(d => d == 0), test.Zeros);
            }
        }

        static double Counted(double[] differences, ZeroRule zeros, double statistic)
        {
            var ranked = differences.Where(d => zeros == ZeroRule.Pratt || d != 0).ToArray();
            var ranks = ranked.Where(d => d != 0)
                .Select(d => ranked.Count(x => Math.Abs(x) < Math.Abs(d)) + (ranked.Count(x => Math.Abs(x) == Math.Abs(d)) + 1) / 2.0).ToArray();
            var patterns = 1 << ranks.Length;
            var low = Enumerable.Range(0, patterns).Count(signs => ranks.Where((_, i) => (signs >> i & 1) == 1).Sum() <= statistic);
            return Math.Min(1, 2.0 * low / patterns);
        }
    }

    [Fact]
    public void More_pairs_than_can_be_counted_take_the_normal_approximation_and_say_so()
    {
        var test = WilcoxonSignedRank.Test(Enumerable.Range(-20, 80).Select(d => (double)d));
        Assert.Equal((WilcoxonMethod.Normal, 79, 1, 40), (test.Method, test.N, test.Zeros, test.Ties));
        Assert.Throws<ArgumentException>(() => WilcoxonSignedRank.Test(Enumerable.Range(1, 51).Select(d => (double)d), WilcoxonMethod.Exact));
        Assert.Null(WilcoxonSignedRank.Test([0, 0]).P);
    }

    [Fact]
    public void Exact_and_normal_meet_at_fifty_pairs()
    {
        var random = new Random(7);
        double[] differences = [.. Enumerable.Range(0, 50).Select(_ => random.NextDouble() - .42)];
        Assert.Equal(WilcoxonSignedRank.Test(differences, WilcoxonMethod.Exact).P!.Value, WilcoxonSignedRank.Test(differences, WilcoxonMethod.Normal).P!.Value, 2);
    }
}
