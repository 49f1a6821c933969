namespace PacsAiWorker.Records.Queries;

/// <summary>One step over the studies of a period and tier, in seconds.</summary>
/// <param name="Count">Studies that reached it.</param>
/// <param name="P50">By nearest rank: a study that there was; null where there was none.</param>
public sealed record StepTimes(int Count, double? P50, double? P95)
{
    /// <summary>Pure; those that have not reached the step are left out.</summary>
    public static StepTimes Of(IEnumerable<double?> seconds)
    {
        double[] sorted = [.. seconds.OfType<double>().Order()];
        return new StepTimes(sorted.Length, Rank(sorted, 0.50), Rank(sorted, 0.95));
    }

    private static double? Rank(double[] sorted, double share) => sorted.Length == 0 ? null : Math.Round(sorted[(int)Math.Ceiling(share * sorted.Length) - 1], 3);
}

/// <summary>From the last image to each step, over the studies of one tier that received something in a period.</summary>
/// <param name="Tier">0 stat, 1 urgent, 2 routine, 3 backfill.</param>
/// <param name="QuietSeconds">The longest quiet time configured for one of them: what a decision, and all after it, waits at least.</param>
/// <param name="Skewed">Studies of which clocks of our machines disagree.</param>
public sealed record TimeToFlagLine(
    short Tier, int Studies, int QuietSeconds, StepTimes Score, StepTimes Flag, StepTimes Decision, StepTimes Stored, StepTimes Committed, int Skewed)
{
    /// <summary>One sentence for people.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{Name}: {Studies} studies; from the last image to {Words("scored", Score)}; {Words("flagged", Flag)}; {Words("report stored", Stored)}; {Words("committed", Committed)} (quiet time up to {QuietSeconds} s{(Skewed > 0 ? $"; clocks disagree in {Skewed}" : "")})");

    private string Name => Tier switch { 0 => "Stat", 1 => "Urgent", 2 => "Routine", _ => "Backfill" };

    private static string Words(string step, StepTimes times) => times.Count == 0
        ? $"{step}: none"
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{step} p50 {times.P50:0.0} s, p95 {times.P95:0.0} s ({times.Count})");
}
