using System.Runtime.InteropServices;
using System.Text.Json;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Training.Heads;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>The head's regression against scikit-learn's, on random cases.</summary>
public sealed class HeadJudgeTests : IDisposable
{
    private readonly TempFolder folder = new("head");

    public void Dispose() => folder.Dispose();

    private sealed record Judged(double Loss, double OurLoss, double Weights, double LargestWeight, double Bias);

    [Theory]
    [InlineData(500, 20, 3, 0.1, false)]
    [InlineData(700, 64, 5, 0.01, true)]
    [InlineData(300, 400, 11, 0.05, true)]
    [InlineData(1000, 33, 4, 0.001, false)]
    public async Task The_head_has_the_loss_and_the_weights_of_scikit_learn(int cases, int features, int classes, double l2, bool balanced)
    {
        Tool.Find("/usr/lib/python3/dist-packages/sklearn/__init__.py", "python3-sklearn");
        var random = new Random(cases);
        int[] labels = [.. Enumerable.Range(0, cases).Select(i => i < classes ? i : Math.Min(random.Next(classes), random.Next(classes)))];
        float[][] rows = [.. labels.Select(label => Enumerable.Range(0, features).Select(j => (float)(random.NextDouble() * 3.4 - 1.7 + (j % classes == label ? 0.5 : 0))).ToArray())];
        double[] weights = balanced ? SoftmaxRegression.Balanced(labels) : [.. labels.Select(_ => 1.0)];
        var ours = new SoftmaxRegression(FeatureMatrix.Of(rows), labels, weights, classes, l2).Solve();

        Write<float>("features.f32", [.. rows.SelectMany(r => r)]);
        Write<int>("labels.i32", labels);
        Write<double>("weights.f64", [.. ours.Weights, .. ours.Bias]);
        await File.WriteAllTextAsync(folder["job.json"], JsonSerializer.Serialize(new { cases, features, classes, l2, balanced, tol = 1e-9 }));
        var their = await PhantomMaker.PythonAsync<Judged>("Judges/judge_head.py", [folder.Path]);

        Assert.InRange(their.OurLoss, their.Loss * (1 - 1e-6), their.Loss * (1 + 1e-6));
        Assert.InRange(their.Weights, 0, 2e-3 * their.LargestWeight);
        Assert.InRange(their.Bias, 0, 2e-3);
        Assert.Equal(their.OurLoss, ours.Loss, 1e-5);
    }

    private void Write<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged => File.WriteAllBytes(folder[name], MemoryMarshal.AsBytes(values).ToArray());
}
