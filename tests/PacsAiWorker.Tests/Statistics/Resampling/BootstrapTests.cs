using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Resampling;

namespace PacsAiWorker.Tests.Statistics.Resampling;

public sealed class BootstrapTests
{
    private static BootstrapResult Mean(ClusterBootstrap bootstrap, double[] values, int draws = 2000, ulong seed = 1) => bootstrap.Run(
        times => values.Select((v, i) => times[bootstrap.ClusterOfCase[i]] * v).Sum() / bootstrap.ClusterOfCase.Sum(c => times[c]), draws, seed);

    [Fact]
    public void Images_of_one_patient_are_drawn_together_so_the_interval_is_wider()
    {
        double[] values = [.. Enumerable.Range(0, 200).Select(i => i / 10 % 2 == 0 ? 0.0 : 1)];
        string[] patients = [.. Enumerable.Range(0, 200).Select(i => $"{i / 10}")], images = [.. Enumerable.Range(0, 200).Select(i => $"{i}")];
        var grouped = new ClusterBootstrap(patients);
        var byPatient = Mean(grouped, values);
        var byImage = Mean(new ClusterBootstrap(images), values);
        Assert.Equal((20, .5, .5), (grouped.Clusters, byPatient.Estimate, byImage.Estimate));
        Assert.InRange(byImage.Interval!.Value.High - byImage.Interval.Value.Low, .11, .17); // 2 × 1.96 × .5 / √200 = .139
        Assert.InRange(byPatient.Interval!.Value.High - byPatient.Interval.Value.Low, .38, .50); // 2 × 1.96 × .5 / √20 = .438
    }

    [Fact]
    public void The_same_seed_draws_the_same()
    {
        double[] values = [1, 2, 5, 9, 11];
        var bootstrap = new ClusterBootstrap(["a", "b", "c", "d", "e"]);
        Assert.Equal(Mean(bootstrap, values, 200, 3), Mean(bootstrap, values, 200, 3));
        Assert.NotEqual(Mean(bootstrap, values, 200, 3), Mean(bootstrap, values, 200, 4));
    }

    [Fact]
    public void A_figure_that_few_draws_define_has_no_interval()
    {
        var result = new ClusterBootstrap(["a", "b", "c", "d"]).Run(w => w.All(x => x == 1) ? 1 : null, 400);
        Assert.Equal((1, null, 400), (result.Estimate, result.Interval, result.Draws));
        Assert.InRange(result.Defined, 1, 100);
        Assert.Null(new ClusterBootstrap([]).Run(_ => null).Interval);
    }

    [Fact]
    public void Figures_of_weighted_clusters_are_those_of_cases_repeated()
    {
        (bool, double)[] cases = [(true, .9), (false, .8), (true, .8), (false, .1)];
        var area = new WeightedAuc(cases, [0, 1, 2, 3]);
        Assert.Equal((2 * 5 + 1 * (.5 * 2 + 3)) / 15, area.Of([2, 2, 1, 3])!.Value, 12);
        Assert.Null(area.Of([1, 0, 1, 0]));
        Assert.Equal(1 - .5 / 4, new WeightedAuc(cases, [0, 0, 0, 0]).Of([7])!.Value, 12);
        Assert.Equal(new BinaryCounts(3, 0, 2, 6), new WeightedCounts([(true, true), (false, true), (true, true), (false, false), (false, false)], [0, 1, 2, 3, 3]).Of([2, 2, 1, 3]));
    }
}
