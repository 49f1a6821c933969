namespace PacsAiWorker.Statistics.Resampling;

/// <summary>Percentiles of sorted values, interpolated between neighbours (type 7 of Hyndman and Fan, The American Statistician 1996).</summary>
public static class Percentiles
{
    /// <param name="sorted">Ascending, at least one.</param>
    /// <param name="share">0 … 1.</param>
    public static double Of(IReadOnlyList<double> sorted, double share)
    {
        var place = share * (sorted.Count - 1);
        var below = (int)place;
        return below + 1 < sorted.Count ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[^1];
    }
}
