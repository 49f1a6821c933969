using PacsAiWorker.Inference.Networks.Surgery;

namespace PacsAiWorker.Inference.Networks.Import;

/// <summary>A network of somebody else's, asked who makes what.</summary>
internal sealed class ExternalGraph
{
    /// <summary>Operators whose data come first, whatever else they read.</summary>
    private static readonly HashSet<string> DataFirst =
    [
        "Identity", "Dropout", "Flatten", "Squeeze", "Unsqueeze", "Reshape", "Cast", "Transpose", "Relu", "LeakyRelu", "PRelu", "Elu", "Clip", "HardSwish", "HardSigmoid",
        "Gelu", "Erf", "Tanh", "Sigmoid", "Softmax", "LogSoftmax", "BatchNormalization", "LayerNormalization", "QuantizeLinear", "DequantizeLinear",
    ];

    /// <summary>Operators with two equal inputs, of which one is usually a constant.</summary>
    private static readonly HashSet<string> Pairs = ["Add", "Sub", "Mul", "Div"];

    private readonly string _file;
    private readonly Dictionary<string, GraphNode> _makers = [];
    private readonly Dictionary<string, GraphTensor?> _constants = [];

    /// <exception cref="NetworkFormatException">A constant is damaged.</exception>
    public ExternalGraph(OnnxSurgery network)
    {
        _file = network.File;
        foreach (var constant in network.Constants)
            _constants[constant.Name] = constant;
        foreach (var node in network.Nodes)
        {
            foreach (var output in node.Outputs.Where(o => o.Length > 0))
                _makers[output] = node;
            if (node.Operator == "Constant" || (node.Reads.Any() && node.Reads.All(_constants.ContainsKey)))
                foreach (var output in node.Outputs)
                    _constants[output] = Sound(node, n => n.Tensor("value"));
        }
    }

    /// <summary>The node that gives a tensor; null for an input or a constant.</summary>
    public GraphNode? Maker(string tensor) => _makers.GetValueOrDefault(tensor);

    /// <summary>Whether the tensor is the same for every picture.</summary>
    public bool IsConstant(string tensor) => _constants.ContainsKey(tensor);

    /// <summary>The one input through which pictures reach a node that changes nothing about where things are; null when there is no such one.</summary>
    public string? Data(GraphNode node)
    {
        if (DataFirst.Contains(node.Operator))
            return node.Inputs is [var first, ..] ? first : null;
        return Pairs.Contains(node.Operator) && node.Inputs.Where(i => !IsConstant(i)).ToList() is [var one] ? one : null;
    }

    /// <summary>What a node reads in a place where its operator must read something.</summary>
    /// <exception cref="NetworkFormatException">It reads nothing there.</exception>
    public string Input(GraphNode node, int place = 0) => node.Inputs.ElementAtOrDefault(place) is { Length: > 0 } tensor
        ? tensor
        : throw new NetworkFormatException($"{_file} is damaged: node {node} has no input {place + 1}; copy the file again or export the network again.");

    /// <summary>What a linear layer multiplies with its weights, [N, F]; null for other nodes.</summary>
    /// <exception cref="NetworkFormatException">The node is damaged.</exception>
    public string? LinearInput(GraphNode node) =>
        node.Operator is "Gemm" or "MatMul" && !IsConstant(Input(node)) && IsConstant(Input(node, 1))
            && (node.Operator == "MatMul" || Sound(node, n => n.Integer("transA")) is null or 0)
            ? Input(node)
            : null;

    /// <summary>The axes of a reduction, from its attribute or its second input (opset 18); empty when neither is a constant.</summary>
    /// <exception cref="NetworkFormatException">They are damaged.</exception>
    public long[] Axes(GraphNode node) => Sound(node, n =>
        n.Integers("axes") is { Length: > 0 } attribute ? attribute
        : n.Inputs.Count > 1 && _constants.GetValueOrDefault(n.Inputs[1]) is { } tensor ? tensor.Integers()
        : []);

    /// <summary>Attributes are read when somebody asks for them: only then it shows that they are damaged.</summary>
    private T Sound<T>(GraphNode node, Func<GraphNode, T> read)
    {
        try
        {
            return read(node);
        }
        catch (FormatException error)
        {
            throw new NetworkFormatException($"{_file} is damaged: an attribute of node {node}: {error.Message}; copy the file again or export the network again.", error);
        }
    }
}
