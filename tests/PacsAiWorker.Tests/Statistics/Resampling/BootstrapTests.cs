using PacsAiWorker.Statistics.Resampling;

namespace PacsAiWorker.Tests.Statistics.Resampling;

public sealed class BootstrapTests
{
    private static double? Mean(int[] weights, double[] values) => weights.Sum() is > 0 and var n ? weights.Zip(values, (w, v) => w * v).Sum() / n : null;

    [Fact]
    public void Images_of_one_patient_are_drawn_together_so_the_interval_is_wider()
    {
        double[] values = [.. Enumerable.Range(0, 200).Select(i => i / 10 % 2 == 0 ? 0.0 : 1)];
        string[] patients = [.. Enumerable.Range(0, 200).Select(i => $"{i / 10}")], images = [.. Enumerable.Range(0, 200).Select(i => $"{i}")];
        var grouped = new ClusterBootstrap(patients);
        var byPatient = grouped.Run(w => Mean(w, values));
        var byImage = new ClusterBootstrap(images).Run(w => Mean(w, values));
        Assert.Equal((20, .5, .5), (grouped.Clusters, byPatient.Estimate, byImage.Estimate));
        Assert.InRange(byImage.Interval!.Value.High - byImage.Interval.Value.Low, .11, .17); // 2 × 1.96 × .5 / √200 = .139
        Assert.InRange(byPatient.Interval!.Value.High - byPatient.Interval.Value.Low, .38, .50); // 2 × 1.96 × .5 / √20 = .438
    }

    [Fact]
    public void The_same_seed_draws_the_same()
    {
        double[] values = [1, 2, 5, 9, 11];
        var bootstrap = new ClusterBootstrap(["a", "b", "c", "d", "e"]);
        Assert.Equal(bootstrap.Run(w => Mean(w, values), 200, 3), bootstrap.Run(w => Mean(w, values), 200, 3));
        Assert.NotEqual(bootstrap.Run(w => Mean(w, values), 200, 3), bootstrap.Run(w => Mean(w, values), 200, 4));
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
    public void An_area_of_weighted_cases_is_the_area_of_cases_repeated()
    {
        (bool, double)[] cases = [(true, .9), (false, .8), (true, .8), (false, .1)];
        Assert.Equal((2 * 5 + 1 * (.5 * 2 + 3)) / 15, new WeightedAuc(cases).Of([2, 2, 1, 3])!.Value, 12);
        Assert.Null(new WeightedAuc(cases).Of([1, 0, 1, 0]));
    }
}
