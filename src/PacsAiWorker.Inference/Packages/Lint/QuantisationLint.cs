namespace PacsAiWorker.Inference.Packages.Lint;

/// <summary>
/// 8-bit layers pay only when the library fuses them. It does so when what comes out of a rectifier has zero point 0 and weights are
/// symmetric; any other network runs slower than its float form, without a word.
/// </summary>
internal sealed class QuantisationLint
{
    private const int UInt8 = 2, MostPools = 4;

    private readonly Dictionary<string, TensorFacts> _constants = [];
    private readonly Dictionary<string, LintNode> _makers = [];
    private readonly List<LintNode> _steps = [];

    public void Constant(TensorFacts tensor) => _constants[tensor.Name] = tensor;

    public void Node(LintNode node)
    {
        if (node.Operator is "Relu" or "Clip" or "MaxPool" or "GlobalAveragePool")
            _makers[node.Output] = node;
        else if (node.Operator is "QuantizeLinear" or "DequantizeLinear")
            _steps.Add(node);
    }

    /// <param name="isInt8">What the card says.</param>
    /// <exception cref="LintException">Names the node.</exception>
    public void Check(bool isInt8)
    {
        if (_steps.Count > 0 != isInt8)
            throw new LintException(isInt8
                ? "the card says 'network.precision: int8' but no node quantises; correct the card"
                : $"node {_steps[0]} quantises; say so with 'network: {{ precision: int8 }}'");
        foreach (var step in _steps)
            if (step.Operator == "QuantizeLinear" ? IsRectified(step.Input) && !IsZero(step.Third, UInt8) : IsWeight(step) && !IsZero(step.Third, null))
                throw new LintException(step.Operator == "QuantizeLinear"
                    ? $"node {step} quantises what is never negative with another zero point than 0 of uint8, which hinders the fusion; quantise the network with zero point 0 behind rectifiers"
                    : $"node {step} has weights with another zero point than 0; quantise the weights symmetrically");
    }

    private bool IsWeight(LintNode step) => _constants.ContainsKey(step.Input);

    /// <summary>An absent zero point is 0 of uint8.</summary>
    private bool IsZero(string name, int? type) =>
        name.Length == 0 || (_constants.TryGetValue(name, out var zero) && zero.IsZero && (type is null || zero.Type == type));

    private bool IsRectified(string tensor)
    {
        for (var steps = 0; steps <= MostPools && _makers.TryGetValue(tensor, out var maker); steps++)
        {
            if (maker.Operator == "Relu")
                return true;
            if (maker.Operator == "Clip")
                return _constants.TryGetValue(maker.Second, out var least) && least.IsZero;
            tensor = maker.Input;
        }
        return false;
    }
}
