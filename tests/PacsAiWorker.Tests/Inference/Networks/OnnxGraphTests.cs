using PacsAiWorker.Inference.Networks;

namespace PacsAiWorker.Tests.Inference.Networks;

public sealed class OnnxGraphTests
{
    private static OnnxGraph Scale(Func<OnnxGraph, OnnxGraph> weights) =>
        weights(new OnnxGraph("scale").Input("x", null, 40_000)).Node("Mul", ["x", "w"], ["y"]).Output("y", null, 40_000);

    [Fact]
    public void Weights_made_in_writing_give_the_file_of_weights_held()
    {
        var begin = SeededWeights.Uniform(9, "w", 0, 1);
        var made = Scale(g => g.Weights("w", begin, 40_000));
        Assert.Equal(Scale(g => g.Weights("w", SeededWeights.Take(begin, 40_000), 40_000)).ToBytes(), made.ToBytes());
        Assert.Equal(made.ToBytes(), made.ToBytes());
    }

    [Fact]
    public void A_file_that_no_reader_takes_is_refused_before_a_byte_is_written()
    {
        using var to = new MemoryStream();
        var graph = Scale(g => g.Weights("w", SeededWeights.Uniform(9, "w", 0, 1), 600_000_000));
        Assert.Contains("below 2 GiB", Assert.Throws<InvalidOperationException>(() => graph.WriteTo(to)).Message, StringComparison.Ordinal);
        Assert.Equal(0, to.Length);
    }

    [Fact]
    public void Values_that_do_not_fill_their_shape_are_refused() =>
        Assert.Contains("w: 2 values do not fill [3]", Assert.Throws<ArgumentException>(() => Scale(g => g.Weights("w", [1, 2], 3))).Message, StringComparison.Ordinal);
}
