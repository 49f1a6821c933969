using PacsAiWorker.EndToEnd.Servers;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>DCMTK's sender and receiver.</summary>
internal static class Dcmtk
{
    private const string Package = "dcmtk";

    // storescu proposes one family of transfer syntaxes an association.
    private static readonly Dictionary<string, string> Proposal = new()
    {
        ["1.2.840.10008.1.2"] = "-xi",
        ["1.2.840.10008.1.2.1"] = "-xe",
        ["1.2.840.10008.1.2.4.50"] = "-xy",
        ["1.2.840.10008.1.2.4.70"] = "-xs",
        ["1.2.840.10008.1.2.4.90"] = "-xv",
        ["1.2.840.10008.1.2.5"] = "-xr",
    };

    /// <summary>Sends with storescu, one association a transfer syntax, each file answered with success.</summary>
    public static async Task StoreAsync(int port, string callingAe, IEnumerable<PartTen> files)
    {
        foreach (var group in files.GroupBy(f => f.TransferSyntax))
        {
            (await StoreScuAsync(port, callingAe, [Proposal[group.Key], .. group.Select(f => f.Path)])).Succeeded();
        }
    }

    public static Task<ToolResult> StoreScuAsync(int port, string callingAe, IEnumerable<string> arguments, string calledAe = Installation.AeTitle) =>
        Tool.RunAsync(Tool.Find("/usr/bin/storescu", Package), ["-v", "-aet", callingAe, "-aec", calledAe, "127.0.0.1", $"{port}", .. arguments]);

    public static Task<ToolResult> EchoAsync(int port, string callingAe, string calledAe = Installation.AeTitle) =>
        Tool.RunAsync(Tool.Find("/usr/bin/echoscu", Package), ["-v", "-aet", callingAe, "-aec", calledAe, "127.0.0.1", $"{port}"]);

    /// <summary>What another receiver gets when the same sender sends the same files: storescp, bit preserving. One file each.</summary>
    public static async Task<IReadOnlyList<PartTen>> ReceiveElsewhereAsync(string folder, IReadOnlyList<PartTen> files)
    {
        var port = Ports.Free();
        await using var receiver = Child.Start(Tool.Find("/usr/bin/storescp", Package), ["+B", "+xa", "+uf", "-aet", Installation.AeTitle, "-od", folder, $"{port}"]);
        await Until.HoldsAsync("storescp answers", async () => (await EchoAsync(port, "US1")).ExitCode == 0, () => Task.FromResult(receiver.Log));
        await StoreAsync(port, "US1", files);
        return [.. Directory.EnumerateFiles(folder).Select(PartTen.Read)];
    }
}
