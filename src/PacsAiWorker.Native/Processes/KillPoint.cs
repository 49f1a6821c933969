using System.Text;

namespace PacsAiWorker.Native.Processes;

/// <summary>
/// Where a test can end the process as a power cut would. A process that was started with PACSAI_KILL_AT=stage[:pass] sends itself
/// SIGKILL there; for any other a pass costs one comparison with null.
/// </summary>
public static class KillPoint
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "PACSAI_KILL_AT";

    private static readonly KillOrder? order = KillOrder.Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>What stands on standard error when a process ended itself.</summary>
    public static string Line(string stage, int pass) => FormattableString.Invariant($"kill point {stage} pass {pass}");

    /// <param name="stage">One of <see cref="KillPoints"/>.</param>
    public static void At(string stage)
    {
        if (order is not null && order.IsDue(stage))
            End(stage, order.Pass);
    }

    private static void End(string stage, int pass)
    {
        // Straight to the descriptor: no buffer outlives the process.
        using (var error = Console.OpenStandardError())
            error.Write(Encoding.ASCII.GetBytes(Line(stage, pass) + "\n"));
        _ = ProcessCalls.Kill(Environment.ProcessId, ProcessCalls.KillSignal);
    }
}
