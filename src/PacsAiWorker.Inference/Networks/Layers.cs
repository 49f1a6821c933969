namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// The layers of which the networks of this folder are made, with seeded random weights: convolutions normal with √(2 / inputs of one
/// output), linear layers √(1 / inputs), normalisation scale 0.8 to 1.2 and variance 0.8 to 1.2, all shifts, means and biases within ±0.05.
/// A layer's output bears the layer's name, its weights that name with <c>.weight</c>, <c>.bias</c>, <c>.running_mean</c> or
/// <c>.running_var</c>.
/// </summary>
/// <param name="graph">Takes the nodes.</param>
/// <param name="inputSize">Height and width of the input in pixels; its shape is [N, 3, size, size].</param>
/// <param name="seed">Same seed, same weights.</param>
/// <param name="isOutput">Whether the tensor of this name is an output of the network.</param>
internal class Layers(OnnxGraph graph, int inputSize, ulong seed, Func<string, bool> isOutput)
{
    public const string InputName = "input";
    protected const double Epsilon = 1e-5;
    private const double SmallShift = 0.05;
    private readonly List<LayerOutput> _outputs = [];

    public OnnxGraph Graph { get; } = graph.Input(InputName, null, 3, inputSize, inputSize);

    /// <summary>The picture, [3, size, size].</summary>
    public virtual LayerOutput Input { get; } = new(InputName, 3, inputSize, inputSize);

    /// <summary>Trainable values so far: weights, biases, scale and shift of normalisations; not their mean and variance.</summary>
    public long Parameters { get; protected set; }

    protected ulong Seed { get; } = seed;

    /// <summary>Whether the tensor of this name is an output of the network.</summary>
    public bool Wants(string name) => isOutput(name);

    /// <summary>A convolution, square window; [C, H, W] to [channels, …].</summary>
    public LayerOutput Convolution(LayerOutput x, string name, long channels, long kernel, long stride = 1, long pad = 0, long groups = 1, bool bias = true)
    {
        string[] inputs = [x.Name, Parameter(ConvolutionWeight(name, x.Channels / groups, kernel), channels, x.Channels / groups, kernel, kernel)];
        if (bias)
            inputs = [.. inputs, Parameter(Shift(name + ".bias"), channels)];
        return Node("Conv", inputs, name, Slide(x, name, channels, kernel, stride, pad), [.. Window(kernel, stride, pad), ("group", groups)]);
    }

    /// <summary>A convolution without bias, its normalisation and, when named, the rectifier.</summary>
    /// <param name="gain">Of the normalisation: less than 1 at the end of a residual branch, so that the sums of a deep network stay small.</param>
    public virtual LayerOutput NormalisedConvolution(LayerOutput x, string name, string norm, string? relu, long channels, long kernel, long stride = 1, long pad = 0, double gain = 1)
    {
        var y = BatchNormalisation(Convolution(x, name, channels, kernel, stride, pad, bias: false), norm, gain);
        return relu is null ? y : Relu(y, relu);
    }

    public LayerOutput BatchNormalisation(LayerOutput x, string name, double gain = 1)
    {
        var c = x.Channels;
        string[] inputs = [x.Name, Parameter(Scale(name + ".weight", gain), c), Parameter(Shift(name + ".bias"), c), Statistic(Shift(name + ".running_mean"), c), Statistic(Scale(name + ".running_var"), c)];
        return Node("BatchNormalization", inputs, name, x.Shape, ("epsilon", (float)Epsilon));
    }

    public LayerOutput Relu(LayerOutput x, string name) => Node("Relu", [x.Name], name, x.Shape);

    /// <summary>Sum of a branch and what went round it, rectified; the sum itself is called NAME.sum.</summary>
    public virtual LayerOutput AddRelu(LayerOutput branch, LayerOutput shortcut, string name) => Relu(Add(branch, shortcut, name + ".sum"), name);

    public LayerOutput Add(LayerOutput a, LayerOutput b, string name) => Node("Add", [a.Name, b.Name], name, a.Shape);

    public virtual LayerOutput MaxPool(LayerOutput x, string name, long kernel, long stride, long pad = 0) =>
        Node("MaxPool", [x.Name], name, Slide(x, name, x.Channels, kernel, stride, pad), Window(kernel, stride, pad));

    public LayerOutput AveragePool(LayerOutput x, string name, long kernel, long stride) =>
        Node("AveragePool", [x.Name], name, Slide(x, name, x.Channels, kernel, stride, 0), Window(kernel, stride, 0));

    /// <summary>Mean of each channel, [C, H, W] to [C].</summary>
    public LayerOutput GlobalAverage(LayerOutput x, string name) => Flatten(Node("GlobalAveragePool", [x.Name], name, [x.Channels, 1, 1]), name + ".flat");

    /// <summary>Each value over its neighbours in channel direction: x / (1 + alpha / size · Σx²)^beta.</summary>
    public LayerOutput LocalResponseNormalisation(LayerOutput x, string name, long size, float alpha, float beta) =>
        Node("LRN", [x.Name], name, x.Shape, ("size", size), ("alpha", alpha), ("beta", beta), ("bias", 1f));

    /// <summary>Joins along the channels.</summary>
    public LayerOutput Concat(LayerOutput a, LayerOutput b, string name) =>
        Node("Concat", [a.Name, b.Name], name, [a.Channels + b.Channels, .. a.Shape[1..]], ("axis", 1L));

    public LayerOutput Flatten(LayerOutput x, string name) => Node("Flatten", [x.Name], name, [x.Shape.Aggregate((a, b) => a * b)], ("axis", 1L));

    /// <summary>A fully connected layer, [features] to [outputs]; weights [outputs, features].</summary>
    public LayerOutput Linear(LayerOutput x, string name, long outputs, string? output = null)
    {
        string[] inputs = [x.Name, Parameter(LinearWeight(name + ".weight", x.Shape[0]), outputs, x.Shape[0]), Parameter(Shift(name + ".bias"), outputs)];
        return Node("Gemm", inputs, output ?? name, [outputs], ("transB", 1L));
    }

    /// <summary>Marks the end of the trunk, [C, H, W]: the output <c>activation</c> when it is asked for.</summary>
    public LayerOutput Activation(LayerOutput x) => Tap(x, NetworkOutputNames.Activation);

    /// <summary>Marks what the head sees, [features]: the output <c>features</c> when it is asked for.</summary>
    public LayerOutput Features(LayerOutput x) => Tap(x, NetworkOutputNames.Features);

    /// <summary>The last layer: <c>logits</c>, [classes].</summary>
    public LayerOutput Head(LayerOutput x, string name, long classes) => Linear(x, name, classes, NetworkOutputNames.Logits);

    /// <summary>An operator with one output of the given shape (without the batch).</summary>
    public LayerOutput Node(string op, string[] inputs, string name, long[] shape, params (string Name, object Value)[] attributes)
    {
        Graph.Node(op, inputs, [name], attributes);
        return Made(name, shape);
    }

    /// <summary>Notes a tensor that a node of the graph gives.</summary>
    public LayerOutput Made(string name, params long[] shape)
    {
        var made = new LayerOutput(name, shape);
        if (Wants(name))
            _outputs.Add(made);
        return made;
    }

    /// <summary>Declares the outputs in the graph: logits first, the others in the order of the layers.</summary>
    public void DeclareOutputs()
    {
        foreach (var output in _outputs.OrderBy(o => o.Name != NetworkOutputNames.Logits))
            Graph.Output(output.Name, [null, .. output.Shape.Select(d => (long?)d)]);
    }

    /// <summary>Adds trainable weights; their name.</summary>
    public string Parameter((string Name, Func<NextWeights> Values) weights, params long[] shape)
    {
        Parameters += shape.Aggregate(1L, (a, b) => a * b);
        return Statistic(weights, shape);
    }

    public (string Name, Func<NextWeights> Values) Normal(string name, double deviation) => (name, SeededWeights.Normal(Seed, name, deviation));

    /// <summary>Weights of a layer with so many inputs.</summary>
    public (string Name, Func<NextWeights> Values) LinearWeight(string name, long inputs) => Normal(name, Math.Sqrt(1.0 / inputs));

    /// <summary>A scale or a variance.</summary>
    public (string Name, Func<NextWeights> Values) Scale(string name, double gain = 1) => (name, SeededWeights.Uniform(Seed, name, 0.8 * gain, 1.2 * gain));

    /// <summary>A shift, a bias or a mean.</summary>
    public (string Name, Func<NextWeights> Values) Shift(string name) => (name, SeededWeights.Uniform(Seed, name, -SmallShift, SmallShift));

    protected (string Name, Func<NextWeights> Values) ConvolutionWeight(string name, long inputChannels, long kernel) =>
        Normal(name + ".weight", Math.Sqrt(2.0 / (inputChannels * kernel * kernel)));

    /// <summary>[channels, …] of a window that slides over the map; what does not fill a window is left out.</summary>
    /// <exception cref="ArgumentException">Not one window fits.</exception>
    protected static long[] Slide(LayerOutput x, string name, long channels, long kernel, long stride, long pad)
    {
        long Windows(long side) => side + 2 * pad < kernel ? 0 : (side + 2 * pad - kernel) / stride + 1;
        long[] shape = [channels, Windows(x.Shape[1]), Windows(x.Shape[2])];
        return shape.Contains(0)
            ? throw new ArgumentException($"layer {name} is left with {x.Shape[1]} × {x.Shape[2]} values for a window of {kernel} × {kernel}: take a larger input size")
            : shape;
    }

    protected static (string Name, object Value)[] Window(long kernel, long stride, long pad) =>
        [("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad })];

    private string Statistic((string Name, Func<NextWeights> Values) weights, params long[] shape)
    {
        Graph.Weights(weights.Name, weights.Values, shape);
        return weights.Name;
    }

    private LayerOutput Tap(LayerOutput x, string output)
    {
        if (Wants(output))
            Node("Identity", [x.Name], output, x.Shape);
        return x;
    }
}
