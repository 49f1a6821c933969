using Spectre.Console;

namespace PacsAiWorker.Commands;

/// <summary>Bars on a terminal's error stream for what takes its time; elsewhere nothing.</summary>
internal static class Progress
{
    /// <param name="work">Is given what it tells: the step, how much is done and of how much.</param>
    public static T Watched<T>(Func<Action<string, int, int>, T> work)
    {
        if (Console.IsErrorRedirected)
        {
            return work((_, _, _) => { });
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true).Start(progress =>
        {
            var bars = new Dictionary<string, ProgressTask>();
            return work((step, done, all) =>
            {
                if (!bars.TryGetValue(step, out var bar))
                {
                    bars[step] = bar = progress.AddTask(step, maxValue: all);
                }

                bar.Value = done;
            });
        });
    }
}
