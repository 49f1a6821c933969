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

    private readonly Dictionary<string, GraphNode> _makers = [];
    private readonly Dictionary<string, GraphTensor?> _constants = [];

    public ExternalGraph(OnnxSurgery network)
    {
        foreach (var constant in network.Constants)
            _constants[constant.Name] = constant;
        foreach (var node in network.Nodes)
        {
            foreach (var output in node.Outputs.Where(o => o.Length > 0))
                _makers[output] = node;
            if (node.Operator == "Constant" || (node.Reads.Any() && node.Reads.All(_constants.ContainsKey)))
                foreach (var output in node.Outputs)
                    _constants[output] = node.Tensor("value");
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

    /// <summary>What a linear layer multiplies with its weights, [N, F]; null for other nodes.</summary>
    public string? LinearInput(GraphNode node) =>
        node.Operator == "Gemm" && node.Integer("transA") is null or 0 && !IsConstant(node.Inputs[0]) && IsConstant(node.Inputs[1]) ? node.Inputs[0]
        : node.Operator == "MatMul" && !IsConstant(node.Inputs[0]) && IsConstant(node.Inputs[1]) ? node.Inputs[0]
        : null;

    /// <summary>The axes of a reduction, from its attribute or its second input (opset 18); empty when neither is a constant.</summary>
    public long[] Axes(GraphNode node) =>
        node.Integers("axes") is { Length: > 0 } attribute ? attribute
        : node.Inputs.Count > 1 && _constants.GetValueOrDefault(node.Inputs[1]) is { } tensor ? tensor.Integers()
        : [];
}
