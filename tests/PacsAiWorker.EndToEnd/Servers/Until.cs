using System.Diagnostics;

namespace PacsAiWorker.EndToEnd.Servers;

/// <summary>Waits for a condition, never for a time. The deadline only ends a test that would never end.</summary>
internal static class Until
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <param name="seen">What is there instead, for the message.</param>
    /// <exception cref="TimeoutException">It never held.</exception>
    public static async Task HoldsAsync(string what, Func<Task<bool>> condition, Func<Task<string>>? seen = null)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(begun) > Deadline)
            {
                throw new TimeoutException($"Not within {Deadline.TotalSeconds:0} s: {what}.\n{(seen is null ? "" : await seen())}");
            }

            await Task.Delay(Pause);
        }
    }

    public static Task HoldsAsync(string what, Func<bool> condition, Func<string>? seen = null) =>
        HoldsAsync(what, () => Task.FromResult(condition()), seen is null ? null : () => Task.FromResult(seen()));
}
