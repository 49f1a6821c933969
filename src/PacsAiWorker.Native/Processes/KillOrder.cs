using System.Globalization;

namespace PacsAiWorker.Native.Processes;

/// <summary>At which pass of which stage a process ends itself. Safe for several threads.</summary>
/// <param name="stage">One of <see cref="KillPoints.All"/>.</param>
/// <param name="pass">1 for the first.</param>
public sealed class KillOrder(string stage, int pass)
{
    private int passes;

    /// <summary>The pass that is due, counted from 1.</summary>
    public int Pass => pass;

    /// <summary><c>stage[:pass]</c>; null without a text.</summary>
    /// <exception cref="ArgumentException">No such stage, or no such number.</exception>
    public static KillOrder? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var parts = text.Split(':', 2);
        var pass = 1;
        if (!KillPoints.All.Contains(parts[0]) || (parts.Length > 1 && !(int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out pass) && pass > 0)))
            throw new ArgumentException($"\"{text}\" is no stage[:pass]; the stages: {string.Join(", ", KillPoints.All)}", nameof(text));
        return new KillOrder(parts[0], pass);
    }

    /// <summary>Counts a pass of the order's own stage; true for the one that is due and for no other.</summary>
    public bool IsDue(string at) => at == stage && Interlocked.Increment(ref passes) == pass;
}
