using System.Security.Cryptography;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Training.Features;

/// <summary>A backbone, opened for its features: one float input, an output [N, F].</summary>
public sealed class FeatureNetwork : IDisposable
{
    /// <summary>Pictures of one run. A processor gains next to nothing from more.</summary>
    public const int Rows = 4;

    private readonly OrtSession _session;
    private readonly OrtCall _call;
    private readonly TensorMemory _input, _output;

    private FeatureNetwork(OrtSession session, int output, int inputLength, int width, string key)
    {
        (_session, _call) = (session, session.Prepare(output));
        (InputLength, Width, Key) = (inputLength, width, key);
        (_input, _output) = (new TensorMemory(Rows, inputLength), new TensorMemory(Rows, width));
    }

    /// <summary>Values of one picture.</summary>
    public int InputLength { get; }

    /// <summary>Features of one picture.</summary>
    public int Width { get; }

    /// <summary>Network, output and runtime: what decides the features of a picture.</summary>
    public string Key { get; }

    /// <summary>Opens a backbone for a recipe.</summary>
    /// <param name="library">ONNX Runtime.</param>
    /// <param name="network">The .onnx file, with <paramref name="features"/> among its outputs.</param>
    /// <param name="features">Name of the output.</param>
    /// <param name="card">The recipe, whose input it must have.</param>
    /// <param name="name">Of the file, in messages.</param>
    /// <exception cref="PackageException">It does not open, or does not fit.</exception>
    public static FeatureNetwork Open(OrtLibrary library, byte[] network, string features, ModelCard card, string name)
    {
        var session = Start(library, network, name);
        try
        {
            var index = Output(session, features, card, name);
            if (session.Outputs[index].Shape is not [_, > 0 and var width])
            {
                width = LearnedWidth(session, index, features, card, name);
                var stated = OnnxSurgery.Read(network, name);
                stated.RestateOutputs([(features, features, [-1, width])]);
                session.Dispose();
                (session, index) = (Start(library, stated.ToBytes(), name), 0);
            }
            var key = $"network {Convert.ToHexStringLower(SHA256.HashData(network))} output {features} ONNX Runtime {library.Version} {library.Sha256}";
            return new(session, index, card.Preprocessing.Length, (int)width, key);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>A place for one picture of the next run.</summary>
    public Span<float> Input(int row) => _input.Rows(row, 1);

    /// <summary>Features of a picture of the last run.</summary>
    public Span<float> Output(int row) => _output.Rows(row, 1);

    /// <summary>Runs the first places.</summary>
    /// <exception cref="OrtException">It does not run.</exception>
    public void Run(int rows) => _call.Run(_input.Rows(0, rows), rows, _output.Rows(0, rows));

    /// <inheritdoc/>
    public void Dispose()
    {
        _call.Dispose();
        _session.Dispose();
        _input.Dispose();
        _output.Dispose();
    }

    private static OrtSession Start(OrtLibrary library, byte[] network, string name)
    {
        try
        {
            return OrtSession.Create(library, network, new OrtSessionSettings(OrtProvider.Cpu, Environment.ProcessorCount));
        }
        catch (OrtException error)
        {
            throw new PackageException($"{name} was refused: {error.Message}; export the backbone again, for ONNX Runtime {library.Version}.", error);
        }
    }

    /// <summary>Index of the features among the outputs, whose shape may be open.</summary>
    private static int Output(OrtSession session, string features, ModelCard card, string name)
    {
        if (session.Inputs.Count != 1 || session.Inputs[0] is not { ElementType: OrtElementType.Float } input || input.Name != card.InputName || !Fits(input.Shape, card.InputShape))
            throw new PackageException($"{name} takes {string.Join(", ", session.Inputs.Select(i => $"{i.Name} {i.ElementType} [{string.Join(", ", i.Shape)}]"))} but the recipe says "
                + $"{card.InputName} Float [{string.Join(", ", card.InputShape)}]; take the backbone of this recipe, or correct 'input' and 'resize' in its model.yaml.");
        var index = session.Outputs.ToList().FindIndex(o => o.Name == features);
        return index >= 0 && session.Outputs[index] is { ElementType: OrtElementType.Float, Shape: [] or [_, not 0] }
            ? index
            : throw NoFeatures(name, features, index < 0 ? "no output" : $"{session.Outputs[index].ElementType} [{string.Join(", ", session.Outputs[index].Shape)}]");
    }

    /// <summary>The width that the runtime cannot tell from the graph, as one run shows it.</summary>
    private static long LearnedWidth(OrtSession session, int index, string features, ModelCard card, string name)
    {
        try
        {
            var shape = session.RunShaped(new float[card.Preprocessing.Length], [1, .. card.InputShape.Skip(1)])[index].Shape;
            return shape is [1, > 0 and var width] ? width : throw NoFeatures(name, features, $"[{string.Join(", ", shape)}] for one picture");
        }
        catch (OrtException error)
        {
            throw new PackageException($"{name} does not run: {error.Message}; export the backbone again, float32 in and out, with an open batch dimension.", error);
        }
    }

    private static PackageException NoFeatures(string name, string features, string found) =>
        new($"{name}: {features} is {found} but features are Float [-1, F]; name with --features the tensor that the last fully connected layer reads.");

    private static bool Fits(long[] network, long[] card) => network.Length == card.Length && network[0] == -1 && network.Skip(1).SequenceEqual(card.Skip(1));
}
