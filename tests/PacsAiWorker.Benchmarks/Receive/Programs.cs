using System.Diagnostics;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>Other programs: where they are, and running them to their end.</summary>
internal static class Programs
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>The worker as <c>eng/build</c> left it for <c>eng/bench</c>; otherwise the one built beside the benchmark.</summary>
    public static string Worker { get; } = Path.Combine(Environment.GetEnvironmentVariable("PACSAI_APP") ?? AppContext.BaseDirectory, "pacs-ai-worker");

    /// <exception cref="InvalidOperationException">It is not installed; the message names the package.</exception>
    public static string Find(string name, string package) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{name} is not installed: the Debian package is {package}, 'bash eng/setup test' installs it");

    /// <summary>How a program is started as its packager meant it: without the variables that this benchmark gives to some.</summary>
    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments);
        info.Environment.Remove("TCP_NODELAY");
        info.Environment.Remove("LD_PRELOAD");
        return info;
    }

    /// <summary>What it writes to its standard output.</summary>
    /// <param name="line">Called with each line when it comes.</param>
    /// <exception cref="InvalidOperationException">It did not end with 0 within five minutes.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation, Action<string>? line = null)
    {
        var info = StartInfo(program, arguments);
        info.RedirectStandardOutput = info.RedirectStandardError = true;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Deadline);
        using var process = Process.Start(info)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            var output = new List<string>();
            while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } read)
            {
                line?.Invoke(read);
                output.Add(read);
            }

            await process.WaitForExitAsync(deadline.Token);
            return process.ExitCode == 0
                ? string.Join('\n', output)
                : throw new InvalidOperationException($"{Path.GetFileName(program)} ended with {process.ExitCode}: {LastLine(await error)}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{Path.GetFileName(program)} did not end within {Deadline.TotalMinutes:F0} minutes");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";
}
