using System.Text.Json.Nodes;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>The same fast sender for every receiver.</summary>
internal sealed class Sender(string program, IReadOnlyDictionary<string, IReadOnlyList<string>> sets)
{
    /// <summary>Files of a set, for tools that send files as they are.</summary>
    public IReadOnlyList<string> Files(string set) => sets[set];

    public async Task<Sent> SendAsync(RunningReceiver to, Cell cell, int instances, int window, CancellationToken cancellation)
    {
        string[] options = ["-p", $"{to.Port}", "-c", to.AeTitle, "-a", $"{cell.Associations}", "-n", $"{instances}", "-w", $"{window}"];
        var said = JsonNode.Parse(await Programs.RunAsync(program, [.. options, .. Files(cell.Set)], cancellation))!;
        return new Sent((int)said["stored"]!, (int)said["failed"]!, (double)said["perSecond"]!, (double)said["p50Ms"]!, (double)said["p99Ms"]!, (int)said["window"]!);
    }
}
