namespace PacsAiWorker.Tests.Inference.Training.Heads;

/// <summary>Random cases whose classes differ in some features.</summary>
internal static class HeadData
{
    public static (float[][] Rows, int[] Labels) Make(int cases, int features, int classes, int seed, double apart = 1)
    {
        var random = new Random(seed);
        int[] labels = [.. Enumerable.Range(0, cases).Select(i => i < classes ? i : random.Next(classes))];
        return ([.. labels.Select(l => Enumerable.Range(0, features).Select(j => (float)(Normal(random) + (j % classes == l ? apart : 0))).ToArray())], labels);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
