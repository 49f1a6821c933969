namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>Mean and deviation of each feature over training cases; folded into the head's weights when it is written.</summary>
/// <param name="Mean">One a feature.</param>
/// <param name="Deviation">One a feature, above 0; 1 for a feature that does not vary, which then is 0 for every case.</param>
public sealed record Standardisation(double[] Mean, double[] Deviation)
{
    /// <summary>A deviation below this share of the mean is rounding of float32, not a signal: dividing by it would make it one.</summary>
    private const double LeastShare = 1e-6;

    /// <summary>Leaves features as they are.</summary>
    public static Standardisation None(int width)
    {
        var one = new double[width];
        Array.Fill(one, 1);
        return new(new double[width], one);
    }

    /// <summary>Of training cases, at least one; plain double arithmetic in the order of the rows.</summary>
    public static Standardisation Of(IReadOnlyList<float[]> rows)
    {
        var width = rows[0].Length;
        double[] mean = new double[width], deviation = new double[width];
        foreach (var row in rows)
            for (var j = 0; j < width; j++)
                mean[j] += row[j];
        for (var j = 0; j < width; j++)
            mean[j] /= rows.Count;
        foreach (var row in rows)
            for (var j = 0; j < width; j++)
                deviation[j] += (row[j] - mean[j]) * (row[j] - mean[j]);
        for (var j = 0; j < width; j++)
        {
            deviation[j] = Math.Sqrt(deviation[j] / rows.Count);
            if (!(deviation[j] > LeastShare * Math.Abs(mean[j])))
                deviation[j] = deviation[j] > 0 && mean[j] == 0 ? deviation[j] : 1;
        }
        return new(mean, deviation);
    }
}
