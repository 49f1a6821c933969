using PacsAiWorker.Statistics.Drift;

namespace PacsAiWorker.Tests.Statistics.Drift;

public sealed class DriftTests
{
    private static readonly double[] Even = [.. Enumerable.Range(0, 1000).Select(i => i / 1000.0)];

    [Fact]
    public void The_same_values_have_not_moved() => Assert.Equal(0, PopulationStability.Index(Even, Even)!.Value, 12);

    /// <summary>Nine tenths in the first class, a ninetieth in each other: 0.8 · ln 9 + 9 · (1/90 − 1/10) · ln(1/9).</summary>
    [Fact]
    public void The_index_is_the_sum_over_tenths_of_the_reference()
    {
        double[] moved = [.. Enumerable.Repeat(0.05, 810), .. Enumerable.Range(1, 9).SelectMany(i => Enumerable.Repeat((i / 10.0) + 0.05, 10))];
        Assert.Equal((0.8 * Math.Log(9)) + (9 * ((1 / 90.0) - 0.1) * Math.Log(1 / 9.0)), PopulationStability.Index(Even, moved)!.Value, 12);
    }

    [Fact]
    public void A_class_that_is_empty_now_is_no_infinity_and_too_few_values_say_nothing()
    {
        Assert.InRange(PopulationStability.Index(Even, [.. Enumerable.Repeat(0.95, 100)])!.Value, 1, 100);
        Assert.Null(PopulationStability.Index(Even, [0.5]));
    }

    [Fact]
    public void Values_that_are_all_equal_make_one_class_and_a_distance_only_where_they_differ()
    {
        double[] same = [.. Enumerable.Repeat(0.5, 50)];
        Assert.Equal(0, PopulationStability.Index(same, same)!.Value, 12);
        Assert.Equal(new KolmogorovSmirnov(0, 1), KolmogorovSmirnov.Compare(same, same));
        Assert.Equal(1, KolmogorovSmirnov.Compare(same, [.. Enumerable.Repeat(0.6, 50)])!.Value.Distance);
    }

    /// <summary>scipy.special.kolmogorov.</summary>
    [Theory]
    [InlineData(0.5, 0.9639452436648751)]
    [InlineData(1.0, 0.26999967167735456)]
    [InlineData(1.2, 0.11224966667072497)]
    [InlineData(2.0, 0.0006709252557796953)]
    public void The_tail_is_that_of_Kolmogorov_s_distribution(double x, double p) => Assert.Equal(p, KolmogorovSmirnov.Tail(x), 12);
}
