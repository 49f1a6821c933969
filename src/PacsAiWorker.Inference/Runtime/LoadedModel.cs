using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>A package whose network runs and has reproduced its golden pair.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly string _folder;
    private readonly OrtSession _session;
    private readonly int _output;

    private LoadedModel(ModelPackage package, OrtSession session, int output, OrtLibrary library)
    {
        Card = package.Card;
        Identity = package.Identity;
        _folder = package.Folder;
        _session = session;
        _output = output;
        Runtime = $"ONNX Runtime {library.Version}, {session.Provider}, library {library.Sha256[..12]}";
    }

    /// <summary>What model.yaml says.</summary>
    public ModelCard Card { get; }

    /// <summary>Digest over all files of the package.</summary>
    public string Identity { get; }

    /// <summary>Version of ONNX Runtime, provider and digest of the library, stored with each score.</summary>
    public string Runtime { get; }

    /// <summary>Where its images queue, once it is served.</summary>
    public ModelQueue Queue { get; private set; } = null!;

    /// <summary>Opens the session and checks it against the card.</summary>
    /// <exception cref="PackageException">Network and card do not fit, or the golden pair is not reproduced.</exception>
    internal static LoadedModel Load(ModelPackage package, OrtLibrary library, RuntimeOptions options)
    {
        var card = package.Card;
        OrtSession session;
        try
        {
            session = OrtSession.Create(library, package.Network,
                new OrtSessionSettings(options.Provider, options.IntraOpThreads, options.CudaDevice));
        }
        catch (OrtException e)
        {
            throw new PackageException($"{card.Id}/model.onnx was refused: {e.Message}; copy the package again or configure another "
                + "provider.", e);
        }
        try
        {
            var model = new LoadedModel(package, session, CheckShapes(card, session), library);
            model.CheckGolden(package);
            return model;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Lets a device's thread run it; from here on images go through <see cref="Queue"/>.</summary>
    internal void Serve(DeviceExecutor executor, OrtLibrary library, RuntimeOptions options)
    {
        OrtBatchDevice? first = Device(this);
        Queue = executor.Attach(() => Interlocked.Exchange(ref first, null) ?? Reopen(library, options));
    }

    private static OrtBatchDevice Device(LoadedModel model) => new(
        model._session, model._output, (int)model.Card.InputShape.Skip(1).Aggregate(1L, (a, b) => a * b), model.Card.Classes.Count);

    /// <summary>The same package in a new session: checked as if it were new.</summary>
    private OrtBatchDevice Reopen(OrtLibrary library, RuntimeOptions options)
    {
        try
        {
            var package = ModelPackage.Load(_folder);
            return package.Identity == Identity && package.WeightsInstalled
                ? Device(Load(package, library, options))
                : throw new PackageException($"{Card.Id} was changed on the disk while it was in use; restart to use what is there now.");
        }
        catch (Exception error) when (error is PackageException or DeviceUnavailableException)
        {
            throw new DeviceFaultException(DeviceFault.Lost, error.Message, error);
        }
    }

    /// <summary>Runs one image before the network is served.</summary>
    /// <param name="tensor">C × H × W values of one image, C order.</param>
    /// <returns>One raw value a class (before activation).</returns>
    /// <exception cref="DeviceUnavailableException">The run failed.</exception>
    private float[] Run(ReadOnlySpan<float> tensor)
    {
        try
        {
            return _session.Run(tensor, [1, .. Card.InputShape.AsSpan(1)])[_output];
        }
        catch (OrtException e)
        {
            throw new DeviceUnavailableException($"{Card.Id} could not be run: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static int CheckShapes(ModelCard card, OrtSession session)
    {
        if (session.Inputs.Count != 1 || session.Inputs[0].Name != card.InputName)
            throw new PackageException($"{card.Id}/model.onnx has input(s) {string.Join(", ", session.Inputs.Select(i => i.Name))} but "
                + $"model.yaml says '{card.InputName}'; correct 'input.name'.");
        var input = session.Inputs[0];
        if (input.ElementType != OrtElementType.Float || !input.Shape.SequenceEqual(card.InputShape))
            throw new PackageException($"{card.Id}/model.onnx takes {input.ElementType} [{string.Join(", ", input.Shape)}] but "
                + $"model.yaml says Float [{string.Join(", ", card.InputShape)}]; correct 'input'.");
        var index = session.Outputs.ToList().FindIndex(o => o.Name == card.OutputName);
        if (index < 0)
            throw new PackageException($"{card.Id}/model.onnx has no output '{card.OutputName}' (it has "
                + $"{string.Join(", ", session.Outputs.Select(o => o.Name))}); correct 'outputs.name'.");
        var output = session.Outputs[index];
        if (output.ElementType != OrtElementType.Float || output.Shape.Length != 2 || output.Shape[1] != card.Classes.Count)
            throw new PackageException($"{card.Id}/model.onnx gives {output.ElementType} [{string.Join(", ", output.Shape)}] but "
                + $"model.yaml lists {card.Classes.Count} classes; correct 'outputs.classes'.");
        return index;
    }

    private void CheckGolden(ModelPackage package)
    {
        var got = Run(package.GoldenInput);
        for (var i = 0; i < got.Length; i++)
            if (!(Math.Abs(got[i] - package.GoldenOutput[i]) <= Card.Golden!.Tolerance)) // also refuses NaN
                throw new PackageException($"{Card.Id} gives {got[i]:R} for class {Card.Classes[i].Id} of its golden pair, "
                    + $"{package.GoldenOutput[i]:R} was expected; the network or the runtime is not the one that was tested, install the "
                    + "tested ones.");
    }
}
