using PacsAiWorker.Statistics.Confusion;

namespace PacsAiWorker.Tests.Statistics.Golden;

/// <summary>Which counts print as a paper prints them, in per cent to the digits it gives.</summary>
internal static class Reconstruction
{
    public static bool Prints(double? rate, decimal printed) => rate is { } r && Rounding.HalfUp.Shorten(100 * r, printed.Scale) == printed;

    /// <summary>Numerators over n whose share prints so.</summary>
    public static IEnumerable<int> Hits(int n, decimal printed)
    {
        var near = (int)((double)printed / 100 * n);
        return Enumerable.Range(near - 1, 4).Where(k => k >= 0 && k <= n && Prints(k / (double)n, printed));
    }
}
