using System.Globalization;
using System.Text.RegularExpressions;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Hostile;

/// <summary>One system call on a descriptor, as strace saw it end.</summary>
/// <param name="On">What the descriptor is: a path, or a connection.</param>
internal sealed record SystemCall(string Name, string Descriptor, string On, string Rest, long Result)
{
    public bool Writes => Name is "pwrite64" or "pwritev" or "write";

    public bool Sends => Name is "sendto" or "sendmsg" or "write" && !On.StartsWith('/');

    public bool IsSegment => On.EndsWith(".seg", StringComparison.Ordinal);
}

/// <summary>strace on a running process, one trace a thread: what one thread does is in order and nothing of others stands between.</summary>
internal sealed partial class SystemCalls : IAsyncDisposable
{
    private readonly Child _strace;
    private readonly string _prefix;

    private SystemCalls(Child strace, string prefix) => (_strace, _prefix) = (strace, prefix);

    public static async Task<SystemCalls> OfAsync(int process, string folder)
    {
        Assert.True(Environment.IsPrivilegedProcess, "This test traces the worker and needs root: run eng/test as root, or eng/test --fast without the servers.");
        var prefix = Path.Combine(folder, "trace");
        var strace = Child.Start(Tool.Find("/usr/bin/strace", "strace"),
            ["-ff", "-p", $"{process}", "-o", prefix, "-e", "trace=pwrite64,pwritev,write,fdatasync,fsync,sendto,sendmsg,rename", "-e", "signal=none", "-yy", "-s", "16"]);
        await Until.HoldsAsync("strace holds the worker", () => strace.Log.Contains("attached", StringComparison.Ordinal), () => strace.Log);
        return new SystemCalls(strace, prefix);
    }

    /// <summary>Lets go of the process; the calls of each thread.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<SystemCall>>> StopAsync()
    {
        await _strace.StopAsync();
        return [.. Directory.EnumerateFiles(Path.GetDirectoryName(_prefix)!, Path.GetFileName(_prefix) + ".*").Select(f => File.ReadLines(f).Select(Parse).OfType<SystemCall>().ToList())];
    }

    public ValueTask DisposeAsync() => _strace.DisposeAsync();

    private static SystemCall? Parse(string line) => Call().Match(line) is { Success: true } call
        ? new SystemCall(call.Groups["name"].Value, call.Groups["fd"].Value, call.Groups["on"].Value, call.Groups["rest"].Value, long.Parse(call.Groups["result"].ValueSpan, CultureInfo.InvariantCulture))
        : null;

    [GeneratedRegex(@"^(?<name>\w+)\((?<fd>\d+)<(?<on>[^\[>]*(\[[^\]]*\])?[^>]*?)>(?<rest>.*)\) += (?<result>-?\d+)")]
    private static partial Regex Call();
}
