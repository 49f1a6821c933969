using System.Globalization;

namespace PacsAiWorker.EndToEnd.Hostile;

/// <summary>What the kernel says about a process.</summary>
/// <param name="AnonymousKiB">Memory of its own that is resident (RssAnon).</param>
internal sealed record ProcessFigures(long AnonymousKiB, int Threads, int Descriptors)
{
    public static ProcessFigures Of(int id)
    {
        var status = File.ReadLines($"/proc/{id}/status").Select(line => line.Split(':', 2)).ToDictionary(p => p[0], p => p[1].Replace("kB", "", StringComparison.Ordinal).Trim());
        return new ProcessFigures(long.Parse(status["RssAnon"], CultureInfo.InvariantCulture), int.Parse(status["Threads"], CultureInfo.InvariantCulture),
            Directory.EnumerateFileSystemEntries($"/proc/{id}/fd").Count());
    }
}
