using PacsAiWorker.Inference.Training;
using PacsAiWorker.Inference.Training.Heads;

namespace PacsAiWorker.Tests.Inference.Training.Heads;

public sealed class SoftmaxRegressionTests
{
    [Theory]
    [InlineData(7, 13, 3)]
    [InlineData(130, 8, 2)]
    [InlineData(67, 600, 11)]
    public void Loss_and_gradient_are_those_of_plain_sums(int cases, int features, int classes)
    {
        var (rows, labels) = HeadData.Make(cases, features, classes, 1);
        double[] weights = [.. Enumerable.Range(0, cases).Select(i => 1.0 + i % 3)];
        var loss = new SoftmaxLoss(FeatureMatrix.Of(rows), labels, weights, classes, 3);
        var random = new Random(2);
        double[] at = [.. Enumerable.Range(0, loss.Length).Select(_ => (double)(float)(random.NextDouble() - .5))], gradient = new double[loss.Length];

        var value = loss.At(at, gradient);

        var (expected, slope) = Plain(rows, labels, weights, classes, at);
        Assert.Equal(expected, value, 1e-6 * Math.Abs(expected));
        Assert.Equal(loss.At(at, []), value);
        for (var i = 0; i < slope.Length; i++)
            Assert.Equal(slope[i], gradient[i], 2e-6);
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        var (rows, labels) = HeadData.Make(300, 96, 4, 3);
        var weights = SoftmaxRegression.Balanced(labels);
        var solutions = ((int[])[1, 2, 7]).Select(threads => new SoftmaxRegression(FeatureMatrix.Of(rows), labels, weights, 4, 0.01, threads).Solve()).ToList();
        Assert.All(solutions, s => Assert.Equal((solutions[0].Loss, solutions[0].Steps), (s.Loss, s.Steps)));
        Assert.All(solutions, s => Assert.Equal(solutions[0].Weights, s.Weights));
    }

    [Fact]
    public void Two_classes_give_the_logistic_head_that_Newton_steps_find()
    {
        var (rows, labels) = HeadData.Make(200, 5, 2, 4);
        var scale = Standardisation.Of(rows);
        double[][] standard = [.. rows.Select(r => r.Select((v, j) => (double)(float)((v - scale.Mean[j]) / scale.Deviation[j])).ToArray())];
        var newton = LogisticHead.Train(standard, [.. labels.Select(l => l == 1)], 0.01);

        // Both halves of the difference of two rows are penalised: twice the penalty.
        var softmax = new SoftmaxRegression(FeatureMatrix.Of(rows, scale), labels, [.. labels.Select(_ => 1.0)], 2, 0.02).Solve();

        for (var j = 0; j < 5; j++)
            Assert.Equal(newton.Weights[j], softmax.Weights[5 + j] - softmax.Weights[j], 1e-3);
        Assert.Equal(newton.Bias, softmax.Bias[1] - softmax.Bias[0], 1e-3);
    }

    [Fact]
    public void Labels_and_a_penalty_that_do_not_fit_are_refused()
    {
        var (rows, labels) = HeadData.Make(10, 3, 2, 5);
        var features = FeatureMatrix.Of(rows);
        Assert.Throws<ArgumentException>(() => new SoftmaxRegression(features, labels, [1], 2, 1));
        Assert.Throws<ArgumentException>(() => new SoftmaxRegression(features, [.. labels.Select(_ => 2)], [.. labels.Select(_ => 1.0)], 2, 1));
        Assert.Throws<ArgumentException>(() => new SoftmaxRegression(features, labels, [.. labels.Select(_ => 1.0)], 2, 0));
    }

    private static (double Loss, double[] Gradient) Plain(float[][] rows, int[] labels, double[] weights, int classes, double[] at)
    {
        int width = rows[0].Length, constants = classes * width;
        var gradient = new double[at.Length];
        double loss = 0, total = weights.Sum();
        for (var i = 0; i < rows.Length; i++)
        {
            double[] scores = [.. Enumerable.Range(0, classes).Select(k => at[constants + k] + Enumerable.Range(0, width).Sum(j => at[k * width + j] * rows[i][j]))];
            var sum = scores.Sum(Math.Exp);
            loss += weights[i] / total * (Math.Log(sum) - scores[labels[i]]);
            for (var k = 0; k < classes; k++)
            {
                var residual = weights[i] / total * (Math.Exp(scores[k]) / sum - (k == labels[i] ? 1 : 0));
                gradient[constants + k] += residual;
                for (var j = 0; j < width; j++)
                    gradient[k * width + j] += residual * rows[i][j];
            }
        }
        return (loss, gradient);
    }
}
