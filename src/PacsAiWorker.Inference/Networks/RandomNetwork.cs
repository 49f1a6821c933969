namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// A network with random weights, ready to be written: input <c>input</c> float [N, 3, size, size], outputs as asked for. The same request
/// gives the same bytes on every machine. The weights of the backbone depend on network and seed, not on the number of classes.
/// </summary>
/// <param name="Graph">The network.</param>
/// <param name="Parameters">Its trainable parameters; of an 8-bit network those of the float form.</param>
public sealed record RandomNetwork(OnnxGraph Graph, long Parameters)
{
    /// <summary>Key of the metadata that says where weights come from.</summary>
    internal const string WeightsKey = "weights";

    /// <summary>The beginning of that entry here: an import of such a network never scores patients.</summary>
    internal const string Random = "random";

    /// <summary>Makes the network.</summary>
    /// <param name="design">Which.</param>
    /// <param name="classes">Width of <c>logits</c>, at least 1.</param>
    /// <param name="inputSize">Height and width of the input in pixels; null: as published.</param>
    /// <param name="seed">Same seed, same weights.</param>
    /// <param name="int8">8-bit convolutions with fixed ranges, for measurements of speed.</param>
    /// <param name="outputs">Outputs; logits are always among them.</param>
    /// <exception cref="ArgumentException">
    /// No class, an input that the network cannot take, or 8 bits of a network that has no such form; the message says what to change.
    /// </exception>
    public static RandomNetwork Create(NetworkDesign design, int classes, int? inputSize = null, ulong seed = 1, bool int8 = false, NetworkOutputs outputs = NetworkOutputs.Logits) =>
        Create(design, classes, inputSize ?? design.InputSize, seed, int8, name => name switch
        {
            NetworkOutputNames.Logits => true,
            NetworkOutputNames.Features => outputs.HasFlag(NetworkOutputs.Features),
            NetworkOutputNames.Activation => outputs.HasFlag(NetworkOutputs.Activation),
            _ => false,
        });

    /// <summary>As above, with every tensor an output whose name <paramref name="isOutput"/> takes.</summary>
    internal static RandomNetwork Create(NetworkDesign design, int classes, int inputSize, ulong seed, bool int8, Func<string, bool> isOutput)
    {
        if (classes < 1)
            throw new ArgumentException($"{classes} classes: at least 1 is needed");
        if (inputSize < 1)
            throw new ArgumentException($"an input of {inputSize} pixels: {design.InputSize} is the published size of {design.Name}");
        if (int8 && !design.CanQuantise)
            throw new ArgumentException($"{design.Name} has no 8-bit form; those that have one: {string.Join(", ", NetworkCatalog.All.Where(d => d.CanQuantise).Select(d => d.Name))}");
        var graph = new OnnxGraph(design.Name).Metadata("network", design.Name).Metadata(WeightsKey, $"{Random}, seed {seed}: of no use on patients");
        var layers = int8 ? new QuantisedLayers(graph, inputSize, seed, isOutput) : new Layers(graph, inputSize, seed, isOutput);
        design.Build(layers, classes);
        layers.DeclareOutputs();
        return new RandomNetwork(graph, layers.Parameters);
    }
}
