using PacsAiWorker.Inference.Networks;

namespace PacsAiWorker.Tests.Inference.Networks;

public sealed class SeededWeightsTests
{
    [Fact]
    public void Values_are_spread_as_asked()
    {
        var normal = SeededWeights.Take(SeededWeights.Normal(1, "w", 0.5), 100_000);
        Assert.InRange(normal.Average(), -0.01, 0.01);
        Assert.InRange(Math.Sqrt(normal.Average(v => v * v)), 0.495, 0.505);
        Assert.InRange(normal.Count(v => Math.Abs(v) < 0.5) / 100_000.0, 0.66, 0.70);
        var uniform = SeededWeights.Take(SeededWeights.Uniform(1, "w", -2, 6), 100_000);
        Assert.InRange(uniform.Average(), 1.9, 2.1);
        Assert.InRange(uniform.Min(), -2, -1.99);
        Assert.InRange(uniform.Max(), 5.99, 6);
    }

    [Fact]
    public void Pieces_of_any_length_give_the_same_values()
    {
        var begin = SeededWeights.Normal(4, "conv1.weight", 1);
        var pieces = new float[100];
        var next = begin();
        next(pieces.AsSpan(0, 1));
        next(pieces.AsSpan(1, 42));
        next(pieces.AsSpan(43));
        Assert.Equal(SeededWeights.Take(begin, 100), pieces);
    }

    [Fact]
    public void Seed_and_name_both_change_them()
    {
        float[] First(ulong seed, string name) => SeededWeights.Take(SeededWeights.Normal(seed, name, 1), 3);
        Assert.NotEqual(First(1, "a"), First(2, "a"));
        Assert.NotEqual(First(1, "a"), First(1, "b"));
    }

    /// <summary>Written down once: files of the same seed must stay the same in later versions and on other machines.</summary>
    [Fact]
    public void The_first_values_of_a_seed_stay_what_they_are() =>
        Assert.Equal([0.806798041f, 1.45296061f, -0.0787848458f], SeededWeights.Take(SeededWeights.Normal(1, "conv1.weight", 1), 3));
}
