namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// The same layers with 8-bit convolutions, written as QuantizeLinear and DequantizeLinear round float operators so that ONNX Runtime fuses
/// them: normalisation folded into the convolution; weights signed, symmetric, one scale an output channel; biases of 32 bits; activations
/// unsigned, with zero point 0 behind a rectifier (any other hinders the fusion and makes the network slower than the float one). Mean and
/// head stay float. Every activation has the same fixed range, which suits the random weights and no others: such a network measures speed.
/// </summary>
internal sealed class QuantisedLayers(OnnxGraph graph, int inputSize, ulong seed, Func<string, bool> isOutput)
    : Layers(graph, inputSize, seed, isOutput)
{
    /// <summary>Rectified activations are quantised over 0 to this, the others over ± this.</summary>
    private const float Range = 16;

    private const float RectifiedScale = Range / 255, SignedScale = Range / 128;
    private LayerOutput? _input;

    public override LayerOutput Input => _input ??= Begin();

    public override LayerOutput NormalisedConvolution(LayerOutput x, string name, string norm, string? relu, long channels, long kernel, long stride = 1, long pad = 0, double gain = 1)
    {
        var (weights, bias) = Folded(name, norm, x.Channels, channels, kernel, gain);
        var scales = QuantiseRows(weights, (int)channels, out var rows);
        var inputScale = x.Name.EndsWith(SignedSuffix, StringComparison.Ordinal) ? SignedScale : RectifiedScale;
        var biasScales = Array.ConvertAll(scales, s => s * inputScale);
        var biasSteps = bias.Select((b, c) => (int)Math.Round(b / biasScales[c])).ToArray();
        Graph.Quantised<sbyte>(name + ".weight", rows, channels, x.Channels, kernel, kernel).Weights(name + ".weight.scale", scales, channels)
            .Quantised<sbyte>(name + ".weight.zero", new sbyte[channels], channels)
            .Quantised<int>(name + ".bias", biasSteps, channels).Weights(name + ".bias.scale", biasScales, channels)
            .Node("DequantizeLinear", [name + ".weight", name + ".weight.scale", name + ".weight.zero"], [name + ".weight.float"], ("axis", 0L))
            .Node("DequantizeLinear", [name + ".bias", name + ".bias.scale"], [name + ".bias.float"], ("axis", 0L));
        var y = Node("Conv", [x.Name, name + ".weight.float", name + ".bias.float"], norm, Slide(x, name, channels, kernel, stride, pad), Window(kernel, stride, pad));
        return relu is null ? Quantise(y, signed: true) : Quantise(Relu(y, relu), signed: false);
    }

    public override LayerOutput AddRelu(LayerOutput branch, LayerOutput shortcut, string name) => Quantise(base.AddRelu(branch, shortcut, name), signed: false);

    public override LayerOutput MaxPool(LayerOutput x, string name, long kernel, long stride, long pad = 0) =>
        Quantise(base.MaxPool(x, name, kernel, stride, pad), signed: false);

    private const string SignedSuffix = ".signed";

    private LayerOutput Begin()
    {
        Graph.Weights("rectified_scale", [RectifiedScale]).Quantised<byte>("rectified_zero", [0])
            .Weights("signed_scale", [SignedScale]).Quantised<byte>("signed_zero", [128]);
        return Quantise(base.Input, signed: true);
    }

    private LayerOutput Quantise(LayerOutput x, bool signed)
    {
        var kind = signed ? "signed" : "rectified";
        var steps = x.Name + ".steps";
        Graph.Node("QuantizeLinear", [x.Name, kind + "_scale", kind + "_zero"], [steps]);
        return Node("DequantizeLinear", [steps, kind + "_scale", kind + "_zero"], x.Name + "." + kind, x.Shape);
    }

    /// <summary>Weights [channels, inputs · kernel²] and biases of the convolution that does the work of both layers.</summary>
    private (float[] Weights, float[] Bias) Folded(string name, string norm, long inputs, long channels, long kernel, double gain)
    {
        float[] Values((string, Func<NextWeights> Values) weights, long count)
        {
            Parameters += count;
            return SeededWeights.Take(weights.Values, count);
        }
        var row = inputs * kernel * kernel;
        var weights = Values(ConvolutionWeight(name, inputs, kernel), channels * row);
        var scale = Values(Scale(norm + ".weight", gain), channels);
        var shift = Values(Shift(norm + ".bias"), channels);
        var mean = SeededWeights.Take(Shift(norm + ".running_mean").Values, channels);
        var variance = SeededWeights.Take(Scale(norm + ".running_var").Values, channels);
        for (var c = 0; c < channels; c++)
        {
            var factor = (float)(scale[c] / Math.Sqrt(variance[c] + Epsilon));
            foreach (ref var weight in weights.AsSpan((int)(c * row), (int)row))
                weight *= factor;
            shift[c] -= mean[c] * factor;
        }
        return (weights, shift);
    }

    /// <summary>Each row as whole steps of its largest value / 127; the steps' sizes.</summary>
    private static float[] QuantiseRows(float[] weights, int rows, out sbyte[] steps)
    {
        steps = new sbyte[weights.Length];
        var scales = new float[rows];
        var width = weights.Length / rows;
        for (var r = 0; r < rows; r++)
        {
            var row = weights.AsSpan(r * width, width);
            var most = 0f;
            foreach (var weight in row)
                most = Math.Max(most, Math.Abs(weight));
            scales[r] = most / 127;
            for (var i = 0; i < width; i++)
                steps[r * width + i] = (sbyte)Math.Round(row[i] / scales[r]);
        }
        return scales;
    }
}
