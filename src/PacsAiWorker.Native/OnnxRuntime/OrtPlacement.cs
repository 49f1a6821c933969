using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>A node of a network and what runs it.</summary>
/// <param name="Provider">The execution provider, for example <c>CPUExecutionProvider</c>.</param>
/// <param name="Operator">Type of the operator.</param>
/// <param name="Name">Name of the node; may be empty.</param>
public sealed record OrtPlacedNode(string Provider, string Operator, string Name);

/// <summary>Which provider runs which node, as ONNX Runtime says after it has opened a network: the proof that a GPU does the work.</summary>
/// <param name="Nodes">All of them; a provider that takes several as one may list them as one.</param>
public sealed record OrtPlacement(IReadOnlyList<OrtPlacedNode> Nodes)
{
    private const string Processor = "CPUExecutionProvider";
    private const int MostNamed = 5, DigestDigits = 12;

    /// <summary>First digits of the SHA-256 over all nodes with their providers, in any order.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n',
        Nodes.Select(n => $"{n.Provider}\t{n.Operator}\t{n.Name}").Order(StringComparer.Ordinal)))))[..DigestDigits];

    /// <summary>How many nodes each provider runs, in words.</summary>
    public string Count => string.Join(", ", Nodes.CountBy(n => n.Provider).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Value} nodes on {c.Key}"));

    /// <summary>The nodes that a processor runs, the first of them by name; null when there are none.</summary>
    public string? OnProcessor
    {
        get
        {
            var nodes = Nodes.Where(n => n.Provider == Processor).ToList();
            return nodes.Count == 0 ? null
                : string.Join(", ", nodes.Take(MostNamed).Select(n => n.Name.Length > 0 ? $"{n.Operator} '{n.Name}'" : n.Operator))
                    + (nodes.Count > MostNamed ? $" and {nodes.Count - MostNamed} more" : "");
        }
    }

    /// <param name="api">The table, of version 24 or newer.</param>
    /// <param name="session">Opened with the setting that records it.</param>
    internal static OrtPlacement Of(OrtApi api, nint session) => new(
    [
        .. api.Handles(OrtIndex.SessionGetEpGraphAssignmentInfo, session).SelectMany(part =>
        {
            var provider = api.Text(OrtIndex.EpAssignedSubgraphGetEpName, part);
            return api.Handles(OrtIndex.EpAssignedSubgraphGetNodes, part)
                .Select(node => new OrtPlacedNode(provider, api.Text(OrtIndex.EpAssignedNodeGetOperatorType, node), api.Text(OrtIndex.EpAssignedNodeGetName, node)));
        }),
    ]);
}
