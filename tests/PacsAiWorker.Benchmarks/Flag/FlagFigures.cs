using PacsAiWorker.Benchmarks.Receive;

namespace PacsAiWorker.Benchmarks.Flag;

/// <summary>One study of one image, as the worker's rows have it, seconds.</summary>
/// <param name="ToFlag">From the image's last byte to the flag; null while there is none.</param>
/// <param name="Image">What the image itself took: read, prepare, wait for the device, run.</param>
/// <param name="ScoredAt">Since the beginning of the run; null while it has no outcome.</param>
internal sealed record FlagSample(double? ToFlag, double Image, double? ScoredAt);

/// <summary>Pure: what a run says.</summary>
/// <param name="Idle">One study at a time, nothing beside it.</param>
/// <param name="Burst">All at once, as fast as the worker takes them.</param>
/// <param name="Stat">Of a STAT cart, while routine images fill four fifths of what the burst reached.</param>
internal sealed record FlagFigures(IReadOnlyList<FlagSample> Idle, IReadOnlyList<FlagSample> Burst, IReadOnlyList<FlagSample> Stat)
{
    private const double Fixed = 0.1, StatLimit = 2;
    private const int Images = 3;

    /// <summary>Median seconds of one image on an idle worker.</summary>
    public double? SingleImage => Rank([.. Idle.Where(s => s.ToFlag is not null).Select(s => s.Image)], 0.5);

    public double? IdleP50 => Rank(Flags(Idle), 0.5);

    public double? IdleP95 => Rank(Flags(Idle), 0.95);

    public double? StatP50 => Rank(Flags(Stat), 0.5);

    public double? StatP95 => Rank(Flags(Stat), 0.95);

    /// <summary>What the idle worker has: three images' time and 100 ms.</summary>
    public double? IdleLimit => SingleImage is { } one ? (Images * one) + Fixed : null;

    /// <summary>Images a second that the burst reached.</summary>
    public double? Saturation
    {
        get
        {
            double[] scored = [.. Burst.Select(s => s.ScoredAt).OfType<double>().Order()];
            return scored.Length > 1 && scored[^1] > scored[0] ? (scored.Length - 1) / (scored[^1] - scored[0]) : null;
        }
    }

    /// <summary>Studies that were never flagged though each should be: a run with one says nothing about speed.</summary>
    public int Unflagged => Idle.Concat(Stat).Count(s => s.ToFlag is null);

    public IReadOnlyList<Bar> Bars =>
    [
        new Bar("flag", "p95 idle / (3 images + 100 ms)", 1, AtMost: true, Unflagged == 0 ? IdleP95 / IdleLimit : null),
        new Bar("flag", "p95 of STAT at 80 % of saturation / 2 s", 1, AtMost: true, Unflagged == 0 ? StatP95 / StatLimit : null),
    ];

    /// <summary>By nearest rank.</summary>
    internal static double? Rank(IReadOnlyList<double> values, double share) =>
        values.Count == 0 ? null : values.Order().ElementAt((int)Math.Ceiling(share * values.Count) - 1);

    private static double[] Flags(IReadOnlyList<FlagSample> samples) => [.. samples.Select(s => s.ToFlag).OfType<double>()];
}
