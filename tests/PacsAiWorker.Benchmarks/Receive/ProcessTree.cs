using System.Globalization;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>A process and its descendants, as Linux shows them below <c>/proc</c>. Who ends in the middle of a look counts nothing.</summary>
internal sealed class ProcessTree(int root)
{
    private const double TicksASecond = 100; // USER_HZ, the same on every Linux

    public IReadOnlyList<int> Ids()
    {
        List<int> found = [root];
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(Children(found[i]));
        }

        return found;
    }

    /// <summary>Seconds of processor time, children that were waited for included.</summary>
    public double CpuSeconds() => Ids().Sum(CpuTicks) / TicksASecond;

    /// <summary>Resident bytes that belong to no file (RssAnon), of these processes.</summary>
    public static long AnonymousBytes(IEnumerable<int> ids) => ids.Sum(AnonymousBytes);

    /// <summary>Waits until the tree uses at most 5 % of a core over 200 ms.</summary>
    /// <returns>False when it is still busy after <paramref name="atMost"/>.</returns>
    public async Task<bool> IdleAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        for (var end = DateTime.UtcNow + atMost; DateTime.UtcNow < end;)
        {
            var before = CpuSeconds();
            await Task.Delay(200, cancellation);
            if (CpuSeconds() - before <= 0.0101)
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<int> Children(int id) => Directory.Exists($"/proc/{id}/task")
        ? Tasks(id).SelectMany(task => Read($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse)
        : [];

    private static string[] Tasks(int id)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{id}/task");
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Fields 14 to 17 of stat: utime, stime, cutime, cstime. The name before them may hold anything.</summary>
    private static long CpuTicks(int id) =>
        Read($"/proc/{id}/stat") is { Length: > 0 } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture)) : 0;

    private static long AnonymousBytes(int id)
    {
        var line = Read($"/proc/{id}/status").Split('\n').FirstOrDefault(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line["RssAnon:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
