using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Resampling;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Tests.Statistics.Roc;

public sealed class RocTests
{
    /// <summary>Imbalanced, with many ties.</summary>
    private static (bool Positive, double Score)[] Cases(Random random, int count = 60)
    {
        (bool, double)[] cases = [.. Enumerable.Range(0, count).Select(_ => random.Next(5) == 0).Select(p => (p, (random.Next(12) + (p ? 4 : 0)) / 16.0))];
        return [.. cases, (true, .5), (true, .25), (false, .5), (false, .125)];
    }

    private static (double[] Positives, double[] Negatives) Sides((bool Positive, double Score)[] cases) =>
        ([.. cases.Where(c => c.Positive).Select(c => c.Score)], [.. cases.Where(c => !c.Positive).Select(c => c.Score)]);

    [Fact]
    public void All_ways_to_the_area_agree_and_no_growing_function_of_the_score_changes_it()
    {
        var random = new Random(1);
        for (var round = 0; round < 100; round++)
        {
            var cases = Cases(random);
            var (positives, negatives) = Sides(cases);
            var pairs = positives.Sum(p => negatives.Sum(n => p > n ? 1 : p == n ? .5 : 0)) / positives.Length / negatives.Length;
            var curve = RocCurve.Of(cases)!;
            var delong = DeLong.Estimate(positives, negatives);
            Assert.Equal(pairs, curve.Auc, 12);
            Assert.Equal(pairs, delong.Auc, 12);
            Assert.Equal(pairs, curve.PartialAuc(1), 12);
            Assert.Equal(pairs, new WeightedAuc(cases, Enumerable.Range(0, cases.Length)).Of([.. cases.Select(_ => 1)])!.Value, 12);
            Assert.Equal(curve.Auc, RocCurve.Of([.. cases.Select(c => (c.Positive, Math.Exp(7 * c.Score) - 40))])!.Auc);
            Assert.Equal(delong with { }, DeLong.Estimate([.. positives.Select(Math.Sqrt)], [.. negatives.Select(Math.Sqrt)]));
            Assert.Equal(1 - pairs, RocCurve.Of([.. cases.Select(c => (c.Positive, -c.Score))])!.Auc, 12);
            Assert.InRange(delong.Auc, delong.Low, delong.High);
        }
    }

    [Fact]
    public void Fast_variance_and_covariance_equal_the_ones_by_all_pairs()
    {
        var random = new Random(2);
        for (var round = 0; round < 50; round++)
        {
            var cases = Cases(random);
            var other = cases.Select(c => (c.Positive, Score: Math.Round((c.Score + random.NextDouble()) * 8) / 16)).ToArray();
            var (a, b) = (Sides(cases), Sides(other));
            var paired = DeLong.Compare(a, b);
            var (first, second, both) = (Naive(a, a), Naive(b, b), Naive(a, b));
            Assert.Equal(first, paired.First.Variance, 12);
            Assert.Equal(second, paired.Second.Variance, 12);
            Assert.Equal(both, paired.Covariance, 12);
            Assert.Equal(paired.Difference / Math.Sqrt(first + second - 2 * both), paired.Z!.Value, 9);
            Assert.InRange(paired.Difference, paired.Low, paired.High);
            Assert.Equal(-paired.Z!.Value, DeLong.Compare(b, a).Z!.Value, 12);
        }

        static double Naive((double[] Positives, double[] Negatives) x, (double[] Positives, double[] Negatives) y)
        {
            static double Psi(double p, double n) => p > n ? 1 : p == n ? .5 : 0;
            static double Covariance(double[] u, double[] v) => u.Zip(v, (s, t) => (s - u.Average()) * (t - v.Average())).Sum() / (u.Length - 1);
            static double[] Up((double[] Positives, double[] Negatives) z) => [.. z.Positives.Select(p => z.Negatives.Average(n => Psi(p, n)))];
            static double[] Down((double[] Positives, double[] Negatives) z) => [.. z.Negatives.Select(n => z.Positives.Average(p => Psi(p, n)))];
            return Covariance(Up(x), Up(y)) / x.Positives.Length + Covariance(Down(x), Down(y)) / x.Negatives.Length;
        }
    }

    [Fact]
    public void A_hundred_thousand_scores_lose_no_digits()
    {
        var cases = Cases(new Random(8), 100_000);
        var (positives, negatives) = Sides(cases);
        Assert.Equal(RocCurve.Of(cases)!.Auc, DeLong.Estimate(positives, negatives).Auc, 12);
    }

    [Fact]
    public void Scores_in_the_same_order_have_no_Z()
    {
        var sides = Sides(Cases(new Random(4)));
        var same = DeLong.Compare(sides, ([.. sides.Positives.Select(s => 2 * s)], [.. sides.Negatives.Select(s => 2 * s)]));
        Assert.Equal((0, null, null), (same.Difference, same.Z, same.P));
    }

    [Fact]
    public void A_curve_of_one_class_does_not_exist() => Assert.Null(RocCurve.Of([(true, .4), (true, .5)]));

    [Fact]
    public void Points_run_from_nothing_to_everything_and_each_counts_what_its_threshold_flags()
    {
        var cases = Cases(new Random(5));
        var curve = RocCurve.Of(cases)!;
        Assert.Equal((0, 0), (curve.Points[0].Counts.Tp, curve.Points[0].Counts.Fp));
        Assert.All(curve.Points, p => Assert.Equal(BinaryCounts.At(p.Threshold, cases), p.Counts));
        Assert.Equal((0, 0), (curve.Points[^1].Counts.Fn, curve.Points[^1].Counts.Tn));
        Assert.All(curve.Points, p => Assert.True(p.Youden <= curve.BestYouden.Youden));
    }

    [Fact]
    public void Chance_is_a_half_and_perfection_one_on_the_standardised_scale()
    {
        Assert.Equal(.5, RocCurve.Of([(true, 1), (false, 1)])!.StandardisedPartialAuc(.2), 12);
        Assert.Equal(1, RocCurve.Of([(true, 2), (false, 1)])!.StandardisedPartialAuc(.2), 12);
    }

    [Fact]
    public void Each_subgroup_stands_against_the_whole_reference()
    {
        var rows = SubgroupComparison.PerSubgroupVsReference(
            [("normal", false, .1), ("normal", false, .6), ("stone", true, .9), ("stone", true, .4), ("cyst", true, .7)], "normal", .5);
        Assert.Equal(["normal", "cyst", "stone"], rows.Select(r => r.Subgroup));
        Assert.Equal([(1, 2), (1, 1), (1, 2)], rows.Select(r => (r.Accuracy.Numerator, r.Accuracy.Denominator)));
        Assert.Equal([null, 1, .75], rows.Select(r => r.Auc?.Auc));
        Assert.Contains("normal, stone", Assert.Throws<ArgumentException>(() => SubgroupComparison.PerSubgroupVsReference([("normal", false, .1), ("stone", true, .2)], "healthy", .5)).Message, StringComparison.Ordinal);
    }
}
