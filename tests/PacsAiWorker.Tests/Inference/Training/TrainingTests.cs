using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Demo.Training;
using PacsAiWorker.Inference.Training;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Tests.Native;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Training;

public sealed class TrainingTests
{
    [Fact]
    public void The_plain_exponential_agrees_with_the_library_s()
    {
        for (var x = -50.0; x <= 50; x += 0.37)
            Assert.InRange(PlainMath.Exp(x) / Math.Exp(x), 1 - 1e-13, 1 + 1e-13);
        Assert.Equal(0.5, PlainMath.Logistic(0));
    }

    [Fact]
    public void A_head_fits_the_share_of_positives_in_a_table_of_two_groups()
    {
        // Group 0: 20 of 80 positive; group 1: 60 of 80. Unpenalised, the fit gives these shares exactly.
        double[][] features = [.. Enumerable.Range(0, 160).Select(i => new[] { i < 80 ? 0.0 : 1.0 })];
        bool[] labels = [.. Enumerable.Range(0, 160).Select(i => i < 20 || i >= 100)];
        var head = LogisticHead.Train(features, labels, 1e-12);
        Assert.Equal(0.25, head.Probability([0]), 6);
        Assert.Equal(0.75, head.Probability([1]), 6);
    }

    [Fact]
    public void A_constant_feature_and_separable_classes_do_no_harm()
    {
        double[][] features = [[7, 0], [7, 1], [7, 2], [7, 3]];
        var head = LogisticHead.Train(features, [false, false, true, true], 1e-3);
        Assert.Equal(0, head.Weights[0]);
        Assert.True(head.Probability([7, 0]) < 0.05 && head.Probability([7, 3]) > 0.95);
    }

    [Fact]
    public void One_class_alone_cannot_be_trained() =>
        Assert.Throws<ArgumentException>(() => LogisticHead.Train([[1], [2]], [true, true], 1));

    [Fact]
    public void The_network_that_is_written_gives_what_the_plain_arithmetic_gives()
    {
        var dice = new Random(3);
        var head = new LogisticHead([.. Enumerable.Range(0, FilterBank.FeatureCount).Select(_ => dice.NextDouble() * 20 - 10)], 0.3);
        using var session = OrtSession.Create(Ort.Library, FilterBank.Network("test", "x", "y", head),
            new OrtSessionSettings(IntraOpThreads: 1));
        foreach (var geometry in Enum.GetValues<Geometry>())
        {
            var picture = DemoCase.Tensor(PhantomImage.Make(new PhantomScene(9, true, geometry)));
            var expected = head.Score(FilterBank.Features(picture));
            var got = session.Run(picture, [1, 1, FilterBank.Side, FilterBank.Side])[0];
            Assert.Equal(expected, got[1] - got[0], 4);
        }
    }
}
