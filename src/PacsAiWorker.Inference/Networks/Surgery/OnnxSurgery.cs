using System.Runtime.InteropServices;

namespace PacsAiWorker.Inference.Networks.Surgery;

/// <summary>
/// A network file (ModelProto, onnx-ml.proto) taken apart far enough to change its outputs. What is not changed, weights above all, is
/// carried over byte by byte and never decoded; the file is held in memory once.
/// </summary>
public sealed class OnnxSurgery
{
    private const int IrField = 1, GraphField = 7, OpsetField = 8, MetadataField = 14;
    private const ulong FirstIrWithConstantsApart = 4;
    private const int NodeField = 1, InitializerField = 5, InputField = 11, OutputField = 12, ValueField = 13;

    /// <summary>A field of the graph, with what was read of it when it is a node, a constant or a declared tensor.</summary>
    private sealed record Part(ProtoField Field, object? Read);

    private readonly string _file;
    private readonly List<ProtoField> _model;
    private readonly List<Part> _graph;

    private OnnxSurgery(string file, List<ProtoField> model, List<Part> graph) => (_file, _model, _graph) = (file, model, graph);

    /// <summary>Inputs in graph order, without constants that older files list among them.</summary>
    public IReadOnlyList<TensorInfo> Inputs
    {
        get
        {
            var constants = Constants.Select(c => c.Name).ToHashSet();
            return [.. Of<TensorInfo>(InputField).Where(i => !constants.Contains(i.Name))];
        }
    }

    /// <summary>Outputs in graph order.</summary>
    public IReadOnlyList<TensorInfo> Outputs => [.. Of<TensorInfo>(OutputField)];

    /// <summary>Operators in graph order.</summary>
    public IReadOnlyList<GraphNode> Nodes => [.. Of<GraphNode>(NodeField)];

    /// <summary>Initialisers.</summary>
    internal IEnumerable<GraphTensor> Constants => Of<GraphTensor>(InitializerField);

    /// <summary>Shapes that the file states for inner tensors; exporters need not state any.</summary>
    internal IEnumerable<TensorInfo> Inner => Of<TensorInfo>(ValueField);

    /// <summary>What the file says of itself (metadata_props); of a key that stands there twice the last.</summary>
    internal IReadOnlyDictionary<string, string> Metadata { get; private set; } = new Dictionary<string, string>();

    /// <summary>The file, for messages.</summary>
    internal string File => _file;

    /// <summary>Reads a network file.</summary>
    /// <exception cref="NetworkFormatException">There is none, or it is damaged, larger than 2 GiB or no ONNX network.</exception>
    public static OnnxSurgery Read(string file)
    {
        try
        {
            return Read(System.IO.File.ReadAllBytes(file), file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetworkFormatException($"{file} cannot be read: {error.Message} Name an ONNX file of less than 2 GiB that is there.", error);
        }
    }

    /// <summary>Takes a network apart.</summary>
    /// <param name="network">The whole file; kept, and not to be changed.</param>
    /// <param name="file">What it is called in messages.</param>
    /// <exception cref="NetworkFormatException">It is damaged or no ONNX network.</exception>
    public static OnnxSurgery Read(ReadOnlyMemory<byte> network, string file)
    {
        try
        {
            var model = ProtoField.Split(network);
            var graphs = model.Where(f => f.Number == GraphField).ToList();
            if (graphs.Count != 1 || model.All(f => f.Number != OpsetField))
                throw new FormatException(graphs.Count == 1 ? "its operator set is not stated" : $"it holds {graphs.Count} graphs instead of one");
            return new OnnxSurgery(file, model, ProtoField.Split(graphs[0].Content).ConvertAll(f => new Part(f, f.Number switch
            {
                NodeField => new GraphNode(f.Content),
                InitializerField => GraphTensor.Read(f.Content),
                InputField or OutputField or ValueField => TensorInfo.Read(f.Content.Span),
                _ => null,
            })))
            {
                Metadata = ReadMetadata(model),
            };
        }
        catch (FormatException error)
        {
            throw new NetworkFormatException($"{file} is no ONNX network, or damaged: {error.Message}; copy the file again or export the network again.", error);
        }
    }

    /// <summary>Makes a tensor that a node gives an output, float32; one that is an output already stays as it is.</summary>
    /// <param name="tensor">Its name.</param>
    /// <param name="dims">Its shape; -1 is open, and called N when it is the first.</param>
    /// <exception cref="NetworkFormatException">No node makes it.</exception>
    public void Expose(string tensor, params long[] dims)
    {
        if (Outputs.Any(o => o.Name == tensor))
            return;
        if (!Nodes.Any(n => n.Outputs.Contains(tensor)))
            throw new NetworkFormatException($"{_file}: no node makes a tensor '{tensor}', so it cannot be an output; name one that a node makes.");
        _graph.RemoveAll(p => p.Field.Number == ValueField && ((TensorInfo)p.Read!).Name == tensor); // outputs are declared once
        Insert(OutputField, Declare(OutputField, tensor, dims));
    }

    /// <summary>Makes tensors that nodes give outputs whose shape the reader is to find out; outputs that are there stay as they are.</summary>
    public void ExposeUnshaped(IEnumerable<string> tensors)
    {
        foreach (var tensor in tensors.Where(t => Outputs.All(o => o.Name != t)).Distinct().ToList())
        {
            _graph.RemoveAll(p => p.Field.Number == ValueField && ((TensorInfo)p.Read!).Name == tensor);
            Insert(OutputField, Added(OutputField, w => w.Text(1, tensor), m => TensorInfo.Read(m.Span)));
        }
    }

    /// <summary>States an input's shape anew, float32, and gives it another name.</summary>
    internal void RestateInput(string tensor, string name, IReadOnlyList<long> dims)
    {
        _graph[_graph.FindIndex(p => p.Field.Number == InputField && ((TensorInfo)p.Read!).Name == tensor)] = Declare(InputField, name, dims);
        if (name != tensor)
            _graph.Insert(0, Identity(name, tensor));
    }

    /// <summary>States the outputs anew, float32, in this order: tensors that nodes give, under other names.</summary>
    internal void RestateOutputs(IEnumerable<(string Tensor, string Name, IReadOnlyList<long> Dims)> outputs)
    {
        _graph.RemoveAll(p => p.Field.Number == OutputField);
        foreach (var (tensor, name, dims) in outputs)
        {
            _graph.RemoveAll(p => p.Field.Number == ValueField && ((TensorInfo)p.Read!).Name == tensor);
            if (name != tensor)
                Insert(NodeField, Identity(tensor, name));
            Insert(OutputField, Declare(OutputField, name, dims));
        }
        Prune([]);
    }

    /// <summary>Says in the metadata of a network with random weights that its head was trained; of another it changes nothing.</summary>
    public void MarkTrained()
    {
        if (Metadata.GetValueOrDefault(RandomNetwork.WeightsKey) is { } weights && weights.StartsWith(RandomNetwork.Random, StringComparison.OrdinalIgnoreCase))
            RestateMetadata(RandomNetwork.WeightsKey, $"backbone {weights.Split(':')[0]}; head trained");
    }

    private void RestateMetadata(string key, string value)
    {
        _model.RemoveAll(f => f.Number == MetadataField && Entry(f).Key == key);
        _model.Add(ProtoField.Make(MetadataField, w =>
        {
            w.Text(1, key);
            w.Text(2, value);
        }));
        Metadata = ReadMetadata(_model);
    }

    /// <summary>Whether a tensor of this name is in the graph.</summary>
    internal bool Knows(string tensor) => Names().Contains(tensor);

    private static Part Identity(string from, string to) => Added(NodeField, w =>
    {
        w.Text(1, from);
        w.Text(2, to);
        w.Text(3, to + "_node");
        w.Text(4, "Identity");
    }, m => new GraphNode(m));

    /// <summary>
    /// Puts a linear layer, logits = features · weightsᵀ + bias, in the place of what gave <paramref name="logits"/>. Outputs that were
    /// computed from the old logits, and nodes and constants that no output needs any more, are left out.
    /// </summary>
    /// <param name="features">Tensor [N, F] of the network, which must not depend on the old logits.</param>
    /// <param name="logits">Name of the output, new or one that is there.</param>
    /// <param name="weights">[classes, F], row by row.</param>
    /// <param name="bias">[classes].</param>
    /// <exception cref="NetworkFormatException">The features are not there, or come from the old logits.</exception>
    /// <exception cref="ArgumentException">The weights do not fit the bias.</exception>
    public void ReplaceHead(string features, string logits, float[] weights, float[] bias)
    {
        if (bias.Length == 0 || weights.Length == 0 || weights.Length % bias.Length != 0)
            throw new ArgumentException($"{weights.Length} weights do not make {bias.Length} rows of equal length", nameof(weights));
        var stale = Descendants(logits);
        if (stale.Contains(features))
            throw new NetworkFormatException($"{_file}: '{features}' is computed from '{logits}', whose layer is to be replaced; name a tensor before it.");
        if (!Nodes.Any(n => n.Outputs.Contains(features)) && Inputs.All(i => i.Name != features))
            throw new NetworkFormatException($"{_file}: there is no tensor '{features}' for the head to read; name one that a node makes.");
        var place = _graph.FindIndex(p => p.Field.Number == OutputField && ((TensorInfo)p.Read!).Name == logits);
        var output = Declare(OutputField, logits, [-1, bias.Length]);
        if (place >= 0)
            _graph[place] = output;
        else if (_graph.FindIndex(p => p.Field.Number == OutputField) is >= 0 and var first)
            _graph.Insert(first, output);
        else
            _graph.Add(output);
        _graph.RemoveAll(p => p.Read switch
        {
            GraphNode node => node.Outputs.Any(stale.Contains),
            TensorInfo info when p != output => stale.Contains(info.Name) && p.Field.Number is OutputField or ValueField,
            _ => false,
        });
        Prune([features]);
        var names = Names();
        string weight = Free(names, logits + ".weight"), shift = Free(names, logits + ".bias");
        Insert(NodeField, Added(NodeField, w =>
        {
            foreach (var input in (string[])[features, weight, shift])
                w.Text(1, input);
            w.Text(2, logits);
            w.Text(3, logits + "_node");
            w.Text(4, "Gemm");
            w.Message(5, a => OnnxFields.Attribute(a, "transB", 1L));
        }, m => new GraphNode(m)));
        AddWeights(weight, weights, bias.Length, weights.Length / bias.Length);
        AddWeights(shift, bias, bias.Length);
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="NetworkFormatException">It would be 2 GiB or larger, which no reader of ONNX takes.</exception>
    public void Write(Stream stream)
    {
        var graphBytes = GraphBytes();
        foreach (var field in _model)
        {
            if (field.Number != GraphField)
            {
                stream.Write(field.Whole.Span);
                continue;
            }
            stream.Write(Head(graphBytes));
            foreach (var part in _graph)
                stream.Write(part.Field.Whole.Span);
        }
    }

    /// <summary>The file in memory.</summary>
    /// <inheritdoc cref="Write"/>
    public byte[] ToBytes()
    {
        var graphBytes = GraphBytes();
        var bytes = new byte[_model.Where(f => f.Number != GraphField).Sum(f => (long)f.Whole.Length) + Head(graphBytes).Length + graphBytes];
        using var to = new MemoryStream(bytes);
        Write(to);
        return bytes;
    }

    /// <summary>The same network, to be changed apart from this one; the bytes of the file are shared.</summary>
    internal OnnxSurgery Copy() => new(_file, [.. _model], [.. _graph]) { Metadata = Metadata };

    private static Dictionary<string, string> ReadMetadata(IEnumerable<ProtoField> model)
    {
        var found = new Dictionary<string, string>();
        foreach (var (key, value) in model.Where(f => f.Number == MetadataField).Select(Entry))
            found[key] = value;
        return found;
    }

    private static (string Key, string Value) Entry(ProtoField field)
    {
        var (key, value) = ("", "");
        for (var fields = new ProtoReader(field.Content.Span); fields.Next();)
            if (fields.Field == 1)
                key = GraphText.Of(fields.Bytes);
            else if (fields.Field == 2)
                value = GraphText.Of(fields.Bytes);
        return (key, value);
    }

    private long GraphBytes() => _graph.Sum(p => (long)p.Field.Whole.Length) is var bytes && bytes <= int.MaxValue - (1 << 20)
        ? bytes
        : throw new NetworkFormatException($"{_file} would become {bytes:N0} bytes; below 2 GiB is allowed: take a network with fewer weights.");

    private static byte[] Head(long graphBytes)
    {
        var head = new ProtoWriter();
        head.Begin(GraphField, graphBytes);
        return head.ToArray();
    }

    private IEnumerable<T> Of<T>(int field) => _graph.Where(p => p.Field.Number == field).Select(p => p.Read).OfType<T>();

    /// <summary>The tensor and all that is computed from it.</summary>
    private HashSet<string> Descendants(string tensor)
    {
        HashSet<string> found = [tensor];
        foreach (var node in Nodes) // a graph lists its nodes so that what is read was made before
            if (node.Outputs.Contains(tensor) || node.Reads.Any(found.Contains))
                found.UnionWith(node.Outputs.Where(o => o.Length > 0));
        return found;
    }

    /// <summary>Leaves out what neither the outputs nor <paramref name="also"/> need.</summary>
    private void Prune(IEnumerable<string> also)
    {
        var makers = Nodes.SelectMany(n => n.Outputs.Where(o => o.Length > 0).Select(o => (o, n))).ToLookup(m => m.o, m => m.n);
        var needed = new HashSet<string>();
        for (var open = new Stack<string>(Outputs.Select(o => o.Name).Concat(also)); open.TryPop(out var tensor);)
            if (needed.Add(tensor))
                foreach (var read in makers[tensor].SelectMany(n => n.Reads))
                    open.Push(read);
        var constants = Constants.Select(c => c.Name).ToHashSet();
        _graph.RemoveAll(p => p.Read switch
        {
            GraphNode node => !node.Outputs.Any(needed.Contains),
            GraphTensor tensor => !needed.Contains(tensor.Name),
            TensorInfo info => !needed.Contains(info.Name) && (p.Field.Number == ValueField || (p.Field.Number == InputField && constants.Contains(info.Name))),
            _ => false,
        });
    }

    private HashSet<string> Names() => [.. Nodes.SelectMany(n => n.Reads.Concat(n.Outputs)), .. Constants.Select(c => c.Name), .. Of<TensorInfo>(InputField).Select(i => i.Name)];

    private static string Free(HashSet<string> taken, string wanted)
    {
        var name = wanted;
        for (var i = 2; !taken.Add(name); i++)
            name = $"{wanted}.{i}";
        return name;
    }

    /// <summary>Behind the last of its kind; behind everything when it is the first.</summary>
    private void Insert(int field, Part part)
    {
        var last = _graph.FindLastIndex(p => p.Field.Number == field);
        _graph.Insert(last < 0 ? _graph.Count : last + 1, part);
    }

    private void AddWeights(string name, float[] values, params long[] shape)
    {
        Insert(InitializerField, Added(InitializerField, w =>
        {
            foreach (var dim in shape)
                w.Varint(1, dim);
            w.Varint(2, OnnxFields.Float);
            w.Text(8, name);
            w.Bytes(9, MemoryMarshal.AsBytes<float>(values));
        }, m => GraphTensor.Read(m)));
        if (IrVersion < FirstIrWithConstantsApart)
            Insert(InputField, Declare(InputField, name, shape));
    }

    private ulong IrVersion
    {
        get
        {
            var version = new ProtoReader(_model.FirstOrDefault(f => f.Number == IrField).Whole.Span);
            return version.Next() ? version.Value : 0;
        }
    }

    private static Part Declare(int field, string tensor, IReadOnlyList<long> dims) =>
        Added(field, w => OnnxFields.Value(w, tensor, [.. dims.Select(d => d < 0 ? (long?)null : d)]), m => TensorInfo.Read(m.Span));

    private static Part Added(int number, Action<ProtoWriter> write, Func<ReadOnlyMemory<byte>, object> read)
    {
        var field = ProtoField.Make(number, write);
        return new Part(field, read(field.Content));
    }
}
