using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>A package whose network runs and has passed its checks.</summary>
public sealed class LoadedModel : IDisposable
{
    /// <summary>A usual batch, for which TensorRT makes a network fastest.</summary>
    private const int UsualBatch = 8;

    /// <summary>What is said of a session; changes with it, as a whole.</summary>
    private sealed record Said(string Runtime, string Provider, string? Shortfall);

    private readonly string _folder;
    private readonly IReadOnlyList<int> _buckets;
    private OrtBatchDevice? _device;
    private volatile Said _said;

    private LoadedModel(ModelPackage package, OrtSession session, OrtBatchDevice device, OrtLibrary library)
    {
        Card = package.Card;
        Identity = package.Identity;
        _folder = package.Folder;
        _device = device;
        _buckets = device.Buckets;
        _said = new(
            RuntimeText.Of(library.Version, session.Provider, Precision.Of(package.Card, session.Precision), library.Sha256, session.OptionsDigest, session.Placement?.Digest),
            session.Provider, session.Shortfall);
    }

    /// <summary>What model.yaml says.</summary>
    public ModelCard Card { get; }

    /// <summary>id@version.</summary>
    public string Name => $"{Card.Id}@{Card.Version}";

    /// <summary>Digest over all files of the package.</summary>
    public string Identity { get; }

    /// <summary>Version of ONNX Runtime, provider, precision, digests of library, options and placement, stored with each score.</summary>
    public string Runtime => _said.Runtime;

    /// <summary>The execution provider in words.</summary>
    public string Provider => _said.Provider;

    /// <summary>Why it runs on the processor though a GPU was wanted; null when it runs where it was wanted.</summary>
    public string? Shortfall => _said.Shortfall;

    /// <summary>Where its images queue, once it is served.</summary>
    public ModelQueue Queue { get; private set; } = null!;

    /// <summary>Opens the session and makes the checks that need it.</summary>
    /// <exception cref="PackageException">The network is refused, does not fit the card or does not answer as it should.</exception>
    /// <exception cref="DeviceUnavailableException">The device, not the package, is at fault.</exception>
    internal static LoadedModel Load(ModelPackage package, OrtLibrary library, RuntimeOptions options, CheckList checks)
    {
        OrtSession? session = null;
        OrtBatchDevice? device = null;
        try
        {
            var output = 0;
            checks.Run(PackageChecks.Session, () => Describe(session = Open(package, library, options)));
            checks.Run(PackageChecks.Interface, () =>
            {
                output = CheckShapes(package.Card, session!);
                return $"{package.Card.InputName} to {package.Card.OutputName}";
            });
            device = new OrtBatchDevice(session!, output, package.GoldenInput.Length, package.GoldenOutput.Length);
            new NetworkChecks(device, package, isExact: !session!.IsOnGpu, Precision.Of(package.Card, session.Precision)).Run(checks);
            return new LoadedModel(package, session, device, library);
        }
        catch
        {
            device?.Dispose();
            session?.Dispose();
            throw;
        }
    }

    private static string Describe(OrtSession session) => string.Join("; ",
        ((string?[])[session.Provider, session.Placement?.Count, session.Shortfall is { } why ? $"not on a GPU: {why}" : null]).OfType<string>());

    private static OrtSession Open(ModelPackage package, OrtLibrary library, RuntimeOptions options)
    {
        try
        {
            return OrtSession.Create(library, package.Network, Settings(package.Card, library, options));
        }
        catch (OrtDeviceException e)
        {
            throw new DeviceUnavailableException($"{package.Card.Id} does not run: {e.Message}", e);
        }
        catch (OrtException e)
        {
            throw new PackageException($"{package.Card.Id}/model.onnx was refused: {e.Message}; copy the package again or configure another "
                + "provider.", e);
        }
    }

    private static OrtSessionSettings Settings(ModelCard card, OrtLibrary library, RuntimeOptions options)
    {
        var settings = new OrtSessionSettings(options.Provider, options.IntraOpThreads, options.CudaDevice)
        {
            RequireGpu = options.RequireGpu,
            Precision = options.Precision,
            GpuMemoryBytes = options.GpuMemoryBytes,
            ConvSearch = options.CudnnSearch,
        };
        if (options is not { Provider: OrtProvider.TensorRt, EngineCache: { } root })
            return settings;
        var most = OrtBatchDevice.OnGpu[^1];
        var folder = OrtEngineFolder.Prepare(root, card.Sha256!, library.Version, library.Sha256, NvidiaDriver.Describe() ?? "", $"device {options.CudaDevice}",
            $"{options.Precision}", $"1 {UsualBatch} {most}");
        return settings with { Engine = new OrtEngine(folder, card.InputName, [.. card.InputShape.Skip(1)], UsualBatch, most, card.IsInt8) };
    }

    /// <summary>Lets a device's thread run it, to which its session belongs from here on; images go through <see cref="Queue"/>.</summary>
    internal void Serve(DeviceExecutor executor, OrtLibrary library, RuntimeOptions options) =>
        Queue = executor.Attach(() => TakeDevice() ?? Reopen(library, options));

    /// <summary>The same package in a new session: checked as if it were new. From here on its scores say what runs it now.</summary>
    /// <exception cref="DeviceFaultException">There is none: the device is still away, or the package was changed.</exception>
    internal OrtBatchDevice Reopen(OrtLibrary library, RuntimeOptions options)
    {
        try
        {
            var package = ModelPackage.Load(_folder);
            if (package.Identity != Identity || !package.WeightsInstalled)
                throw new PackageException($"{Card.Id} was changed on the disk while it was in use; what is there now is looked at within a minute.");
            var again = Load(package, library, options, new CheckList(TimeProvider.System));
            var device = again.TakeDevice()!;
            device.Buckets = _buckets;
            _said = again._said;
            return device;
        }
        catch (Exception error) when (error is PackageException or DeviceUnavailableException)
        {
            throw new DeviceFaultException(DeviceFault.Lost, error.Message, error);
        }
    }

    /// <summary>The same network in a session of the caller's, which takes no part in scoring.</summary>
    /// <exception cref="PackageException">The package was changed, or its network is refused.</exception>
    /// <exception cref="DeviceUnavailableException">The device, not the package, is at fault.</exception>
    internal OrtSession OpenBeside(OrtLibrary library, RuntimeOptions options)
    {
        var package = ModelPackage.Load(_folder);
        return package.Identity == Identity && package.WeightsInstalled
            ? Open(package, library, options)
            : throw new PackageException($"{Card.Id} was changed on the disk since it was loaded; try again with what is there now.");
    }

    /// <summary>Closes a session that nobody serves.</summary>
    public void Dispose() => TakeDevice()?.Dispose();

    private OrtBatchDevice? TakeDevice() => Interlocked.Exchange(ref _device, null);

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
        if (output.ElementType != OrtElementType.Float || output.Shape.Length != 2 || output.Shape[0] != -1 || output.Shape[1] != card.Classes.Count)
            throw new PackageException($"{card.Id}/model.onnx gives {output.ElementType} [{string.Join(", ", output.Shape)}] but "
                + $"model.yaml lists {card.Classes.Count} classes, which needs Float [-1, {card.Classes.Count}]; correct 'outputs.classes' or the network.");
        if (card.FeatureOutput is { } end && !session.Outputs.Any(o => o.Name == end && o.Shape.Length is 3 or 4))
            throw new PackageException($"{card.Id}/model.onnx has no output '{end}' of three or four dimensions (it has "
                + $"{string.Join(", ", session.Outputs.Select(o => $"{o.Name} [{string.Join(", ", o.Shape)}]"))}); correct 'featureOutput' or remove it: the package then scores and cannot explain.");
        return index;
    }
}
