using System.Text;
using PacsAiWorker.Inference.Networks;

namespace PacsAiWorker.Inference.Packages.Lint;

/// <summary>
/// Reads a .onnx file before the native library sees it and refuses what no package needs: unknown versions, foreign operators, values in
/// other files, control flow that the card does not list, weights that are no numbers, 8-bit layers that cannot be fused. Field numbers of
/// onnx-ml.proto, ONNX 1.12; versions are those that ONNX Runtime 1.30 loads.
/// </summary>
internal sealed class NetworkLint
{
    /// <summary>Domains that a card may list.</summary>
    public static readonly IReadOnlyList<string> KnownDomains = ["com.microsoft"];

    /// <summary>Operators with graphs inside, which a card may list.</summary>
    public static readonly IReadOnlyList<string> ControlFlow = ["If", "Loop", "Scan"];

    private const ulong OldestIr = 3, NewestIr = 13, OldestOpset = 7, NewestOpset = 26;
    private const int DeepestGraph = 8, LongestText = 256;

    private readonly ModelCard _card;
    private readonly QuantisationLint _quantisation = new();
    private string? _half;

    private NetworkLint(ModelCard card) => _card = card;

    /// <summary>Checks a file; its bytes are not kept.</summary>
    /// <param name="network">The whole file.</param>
    /// <param name="card">What the package says of it.</param>
    /// <param name="file">The file's name in messages.</param>
    /// <exception cref="PackageException">Names the node or tensor, the rule and the remedy.</exception>
    public static void Check(ReadOnlySpan<byte> network, ModelCard card, string file)
    {
        try
        {
            new NetworkLint(card).Model(network);
        }
        catch (LintException broken)
        {
            throw new PackageException($"{file}: {broken.Message}.", broken);
        }
        catch (FormatException broken)
        {
            throw new PackageException($"{file} is no ONNX network: {broken.Message}; copy the package again or export the network again.", broken);
        }
    }

    /// <summary>A name for people and for comparing: at most 256 bytes are looked at.</summary>
    internal static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, LongestText)]);

    private void Model(ReadOnlySpan<byte> model)
    {
        var (ir, graphs, opset) = (0UL, 0, 0UL);
        for (var fields = new ProtoReader(model); fields.Next();)
            switch (fields.Field)
            {
                case 1:
                    ir = fields.Value;
                    break;
                case 7 when ++graphs == 1:
                    Graph(fields.Bytes, 0);
                    break;
                case 8:
                    Opset(fields.Bytes, ref opset);
                    break;
                case 20:
                    throw new LintException("the network holds training information; export it for inference");
                case 25:
                    throw new LintException("the network defines functions of its own; export it with functions written out");
            }
        if (graphs != 1)
            throw new LintException($"the file holds {graphs} graphs instead of one; export the network again");
        if (ir is < OldestIr or > NewestIr)
            throw new LintException($"IR version {ir} is not read, only {OldestIr} to {NewestIr}; export the network for one of these");
        if (opset == 0)
            throw new LintException("the operator set is not stated; export the network again");
        _quantisation.Check(_card.IsInt8);
        if (_half is null == _card.IsFloat16)
            throw new LintException(_half is null
                ? "the card says 'network.precision: float16' but no weight is float16; correct the card"
                : $"tensor '{_half}' is float16; say so with 'network: {{ precision: float16 }}'");
    }

    private void Opset(ReadOnlySpan<byte> import, ref ulong opset)
    {
        var (domain, version) = ("", 0UL);
        for (var fields = new ProtoReader(import); fields.Next();)
            if (fields.Field == 1)
                domain = Text(fields.Bytes);
            else if (fields.Field == 2)
                version = fields.Value;
        CheckDomain(domain, "the network");
        if (!IsOwn(domain))
            return;
        if (version is < OldestOpset or > NewestOpset)
            throw new LintException($"operator set {version} is not read, only {OldestOpset} to {NewestOpset}; export the network for one of these");
        if (opset != 0)
            throw new LintException("the operator set is stated twice; export the network again");
        opset = version;
    }

    private void Graph(ReadOnlySpan<byte> graph, int depth)
    {
        if (depth > DeepestGraph)
            throw new LintException($"graphs lie more than {DeepestGraph} deep in one another; export the network without control flow");
        for (var fields = new ProtoReader(graph); fields.Next();)
            switch (fields.Field)
            {
                case 1:
                    Node(fields.Bytes, depth);
                    break;
                case 5:
                    Constant(TensorLint.Check(fields.Bytes, "without a name"));
                    break;
                case 15:
                    throw new LintException("the network holds sparse weights; export it with dense ones");
            }
    }

    private void Constant(TensorFacts tensor)
    {
        _half ??= tensor.Type == TensorLint.Float16 ? tensor.Name : null;
        _quantisation.Constant(tensor);
    }

    private void Node(ReadOnlySpan<byte> node, int depth)
    {
        var found = new LintNode(node);
        CheckDomain(found.Domain, $"node {found}");
        if (ControlFlow.Contains(found.Operator) && !_card.ControlFlow.Contains(found.Operator))
            throw new LintException($"node {found} is control flow; export the network without it, or list {found.Operator} under 'network.controlFlow'");
        for (var fields = new ProtoReader(node); fields.Next();)
            if (fields.Field == 5)
                Attribute(fields.Bytes, found, depth);
        _quantisation.Node(found);
    }

    private void Attribute(ReadOnlySpan<byte> attribute, LintNode node, int depth)
    {
        for (var fields = new ProtoReader(attribute); fields.Next();)
            switch (fields.Field)
            {
                case 2 or 7 when !fields.HasBytes && float.IsNaN(BitConverter.UInt32BitsToSingle((uint)fields.Value)):
                    throw new LintException($"node {node} has an attribute that is NaN; export the network again");
                case 5 or 10:
                    Constant(TensorLint.Check(fields.Bytes, node.Output) with { Name = node.Output });
                    break;
                case 6 or 11 when !ControlFlow.Contains(node.Operator):
                    throw new LintException($"node {node} holds a graph, which only {string.Join(", ", ControlFlow)} may; export the network again");
                case 6 or 11:
                    Graph(fields.Bytes, depth + 1);
                    break;
                case 22 or 23:
                    throw new LintException($"node {node} holds sparse values; export the network with dense ones");
            }
    }

    private void CheckDomain(string domain, string who)
    {
        if (!IsOwn(domain) && !_card.Domains.Contains(domain))
            throw new LintException($"{who} uses operators of '{domain}'; export the network with ONNX's own"
                + (KnownDomains.Contains(domain) ? $", or list {domain} under 'network.domains'" : ""));
    }

    /// <summary>ai.onnx is the long name of the empty one.</summary>
    private static bool IsOwn(string domain) => domain is "" or "ai.onnx";
}
