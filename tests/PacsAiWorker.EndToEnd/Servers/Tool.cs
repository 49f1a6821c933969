using System.Diagnostics;

namespace PacsAiWorker.EndToEnd.Servers;

/// <summary>What a program that ended said.</summary>
internal sealed record ToolResult(string Command, int ExitCode, string Output, string Error)
{
    public string All => Output + Error;

    /// <exception cref="InvalidOperationException">It did not end with 0; its words are in the message.</exception>
    public ToolResult Succeeded() => ExitCode == 0 ? this : throw new InvalidOperationException($"{Command}\nended with {ExitCode}:\n{All}");
}

/// <summary>Programs that run to their end.</summary>
internal static class Tool
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Full path of a program, or a failure that names the package to install.</summary>
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string Find(string path, string package) => File.Exists(path)
        ? path
        : throw new InvalidOperationException($"{path} is missing: install the Debian package {package}, or run 'bash eng/setup test', which does it.");

    public static async Task<ToolResult> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        using var process = new Process { StartInfo = StartInfo(program, arguments, environment, folder) };
        process.Start();
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Deadline.TotalMinutes:0} minutes.");
        }

        return new ToolResult($"{program} {string.Join(' ', arguments)}", process.ExitCode, await output, await error);
    }

    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, string? folder)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        return info;
    }
}
