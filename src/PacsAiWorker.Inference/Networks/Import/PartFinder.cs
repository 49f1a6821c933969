using PacsAiWorker.Inference.Networks.Surgery;

namespace PacsAiWorker.Inference.Networks.Import;

/// <summary>
/// Finds the parts of an external network that a package needs, by the structure of its end: … → pool or token → layers → logits. Works on
/// names alone; whether a part has the shape that it should have shows when it is run. Each member throws <see cref="NetworkFormatException"/>
/// when it meets a node that lacks an input or whose attributes are damaged.
/// </summary>
internal sealed class PartFinder(OnnxSurgery network)
{
    private const int MostSteps = 64;

    private readonly ExternalGraph _graph = new(network);

    /// <summary>
    /// The node that makes probabilities of a tensor's values, when one does, and what it reads: Softmax, LogSoftmax or Sigmoid behind which
    /// nothing changes them.
    /// </summary>
    public (GraphNode Node, string Reads)? Squashes(string logits)
    {
        for (var (tensor, steps) = (logits, 0); steps < MostSteps && _graph.Maker(tensor) is { } maker; steps++)
            if (maker.Operator is "Softmax" or "LogSoftmax" or "Sigmoid")
                return (maker, _graph.Input(maker));
            else if (maker.Operator is "Identity" or "Dropout" or "Flatten" or "Squeeze" or "Reshape" or "Cast")
                tensor = _graph.Input(maker);
            else
                break;
        return null;
    }

    /// <summary>What the last linear layer before the logits reads; null when there is none.</summary>
    public string? Features(string logits)
    {
        for (var (tensor, steps) = (logits, 0); steps < MostSteps && _graph.Maker(tensor) is { } maker; steps++)
            if (_graph.LinearInput(maker) is { } found)
                return found;
            else if (_graph.Data(maker) is { } data)
                tensor = data;
            else
                break;
        return null;
    }

    /// <summary>
    /// The last tensor that still knows places: what the last global pool reads; behind a MaxPool that is flattened its output; of a
    /// transformer the tokens of its last block. Null when the way back from the logits ends before.
    /// </summary>
    public string? Activation(string logits)
    {
        for (var (tensor, steps) = (logits, 0); steps < MostSteps && _graph.Maker(tensor) is { } maker; steps++)
        {
            switch (maker.Operator)
            {
                case "GlobalAveragePool" or "GlobalMaxPool" or "AveragePool":
                    return BehindPool(_graph.Input(maker));
                case "ReduceMean" or "ReduceMax":
                    return _graph.Axes(maker).Length is 1 ? Tokens(_graph.Input(maker)) : BehindPool(_graph.Input(maker));
                case "MaxPool":
                    return tensor;
                case "Gather" or "Slice":
                    return Tokens(_graph.Input(maker));
            }
            if ((_graph.LinearInput(maker) ?? _graph.Data(maker)) is { } before)
                tensor = before;
            else
                // Maps that are flattened as they are.
                return maker.Operator is "Conv" or "Concat" or "Add" ? tensor : null;
        }
        return null;
    }

    /// <summary>The latest tensors that may know places, for a person to choose from.</summary>
    public IReadOnlyList<string> Candidates() =>
    [
        .. network.Nodes.Where(n => n.Operator is "Conv" or "Relu" or "Clip" or "Add" or "Concat" or "MaxPool" or "BatchNormalization" or "LayerNormalization")
            .SelectMany(n => n.Outputs.Take(1)).Where(o => o.Length > 0 && !_graph.IsConstant(o)).Reverse().Take(8),
    ];

    /// <summary>Two-dimensional outputs of linear layers come from here.</summary>
    public IReadOnlyList<string> LinearInputs() => [.. network.Nodes.Select(_graph.LinearInput).OfType<string>().Reverse().Distinct().Take(8)];

    /// <summary>What does not change places before a pool is not interesting; the picture of the maps is the same.</summary>
    private string BehindPool(string tensor)
    {
        for (var steps = 0; steps < MostSteps && _graph.Maker(tensor) is { Operator: "Identity" or "Dropout" or "AveragePool" } maker; steps++)
            tensor = _graph.Input(maker);
        return tensor;
    }

    /// <summary>Before the last normalisation, which brings all tokens to one size.</summary>
    private string Tokens(string tensor)
    {
        for (var steps = 0; steps < MostSteps && _graph.Maker(tensor) is { Operator: "Identity" or "Dropout" or "LayerNormalization" } maker; steps++)
            tensor = _graph.Input(maker);
        return tensor;
    }
}
