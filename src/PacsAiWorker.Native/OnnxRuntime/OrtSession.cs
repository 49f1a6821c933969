using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>ONNX TensorProto.DataType, the values that matter here.</summary>
public enum OrtElementType
{
    Undefined = 0,
    Float = 1,
    UInt8 = 2,
    Int64 = 7,
    Float16 = 10,
    Double = 11,
}

/// <summary>An input or output of a network.</summary>
/// <param name="Name">As in the graph.</param>
/// <param name="ElementType">Type of one element.</param>
/// <param name="Shape">Dimensions; -1 where the graph leaves it open.</param>
public sealed record OrtTensorInfo(string Name, OrtElementType ElementType, long[] Shape);

/// <summary>A network ready to run. Runs may come from several threads at once.</summary>
public sealed unsafe class OrtSession : IDisposable
{
    private readonly OrtApi _api;
    private readonly OrtHandle _session;
    private readonly OrtHandle _memory; // the library's, never released

    private OrtSession(OrtLibrary library, OrtHandle session, OrtSessionSettings settings, OrtProvider provider)
    {
        IsOnGpu = provider != OrtProvider.Cpu;
        _api = library.Api;
        _session = session;
        _memory = library.CpuMemory;
        Provider = Name(provider, settings);
        Precision = IsOnGpu ? settings.Precision : OrtPrecision.Fp32;
        OptionsDigest = OrtSessionOptions.Digest(settings, provider, library.KnowsPlacement);
        Placement = library.KnowsPlacement ? OrtPlacement.Of(_api, session.DangerousGetHandle()) : null;
        Inputs = Describe(OrtIndex.SessionGetInputCount, OrtIndex.SessionGetInputName, OrtIndex.SessionGetInputTypeInfo);
        Outputs = Describe(OrtIndex.SessionGetOutputCount, OrtIndex.SessionGetOutputName, OrtIndex.SessionGetOutputTypeInfo);
    }

    /// <summary>The execution provider in words: "CPU" or "CUDA device 0 (NVIDIA H200; driver 550.54.15)".</summary>
    public string Provider { get; }

    /// <summary>Whether a GPU runs it.</summary>
    public bool IsOnGpu { get; }

    /// <summary>Why it runs on the processor though a GPU was wanted; null when it runs where it was wanted.</summary>
    public string? Shortfall { get; private init; }

    /// <summary>How float32 is computed.</summary>
    public OrtPrecision Precision { get; }

    /// <summary>Digest over the options of the session and its provider.</summary>
    public string OptionsDigest { get; }

    /// <summary>Which provider runs which node; null with a library older than 1.24.</summary>
    public OrtPlacement? Placement { get; }

    /// <summary>Inputs in graph order.</summary>
    public IReadOnlyList<OrtTensorInfo> Inputs { get; }

    /// <summary>Outputs in graph order.</summary>
    public IReadOnlyList<OrtTensorInfo> Outputs { get; }

    /// <summary>Builds a session from the bytes of a .onnx file; the bytes may be dropped afterwards.</summary>
    /// <exception cref="OrtException">The network is refused, or part of it does not run on the GPU that is required.</exception>
    /// <exception cref="OrtDeviceException">The GPU that is required cannot be used, whatever the network.</exception>
    public static OrtSession Create(OrtLibrary library, ReadOnlySpan<byte> model, OrtSessionSettings settings)
    {
        var provider = settings.Provider == OrtProvider.Auto ? OrtProvider.Cuda : settings.Provider;
        // None of the files: made for processors, and nobody asked for more.
        if (settings is { Provider: OrtProvider.Auto, NeedsGpu: false }
            && OrtProviderFiles.Missing(library.Path, provider).Count == OrtProviderFiles.Of(provider).Count)
            provider = OrtProvider.Cpu;
        if (provider == OrtProvider.Cpu)
            return Open(library, model, settings, provider);
        try
        {
            return OpenOnGpu(library, model, settings, provider);
        }
        catch (Exception error) when (!settings.NeedsGpu && error is (OrtException or OrtDeviceException))
        {
            return Open(library, model, settings, OrtProvider.Cpu, shortfall: error.Message);
        }
    }

    /// <summary>Runs a network that has one float input.</summary>
    /// <param name="input">Elements in C order; the length equals the product of <paramref name="dims"/>.</param>
    /// <param name="dims">Shape of the input, for example N, C, H, W.</param>
    /// <returns>The elements of each output, in C order, in the order of <see cref="Outputs"/>.</returns>
    /// <exception cref="OrtException">The run failed; InvalidArgument when shape or type do not fit.</exception>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public float[][] Run(ReadOnlySpan<float> input, ReadOnlySpan<long> dims) => Array.ConvertAll(RunShaped(input, dims), tensor => tensor.Values);

    /// <summary>Runs a network that has one float input, and says what shape each output had in this run.</summary>
    /// <inheritdoc cref="Run"/>
    public (float[] Values, long[] Shape)[] RunShaped(ReadOnlySpan<float> input, ReadOnlySpan<long> dims)
    {
        if (Inputs.Count != 1)
            throw new OrtException(OrtErrorCode.InvalidArgument, $"the network has {Inputs.Count} inputs; one is supported");
        var held = false;
        _session.DangerousAddRef(ref held);
        var values = stackalloc nint[1 + Outputs.Count];
        new Span<nint>(values, 1 + Outputs.Count).Clear();
        var names = stackalloc nint[1 + Outputs.Count];
        names[0] = Marshal.StringToCoTaskMemUTF8(Inputs[0].Name);
        for (var i = 0; i < Outputs.Count; i++)
            names[1 + i] = Marshal.StringToCoTaskMemUTF8(Outputs[i].Name);
        try
        {
            fixed (float* data = input)
            fixed (long* shape = dims)
            {
                values[0] = _api.TensorOver(_memory.DangerousGetHandle(), data, (nuint)input.Length * sizeof(float), shape,
                    (nuint)dims.Length, (int)OrtElementType.Float);
                _api.Run(_session.DangerousGetHandle(), (byte**)names, values, 1, (byte**)(names + 1), (nuint)Outputs.Count, values + 1);
            }
            var results = new (float[], long[])[Outputs.Count];
            for (var i = 0; i < results.Length; i++)
                results[i] = Floats(values[1 + i]);
            return results;
        }
        finally
        {
            for (var i = 0; i < 1 + Outputs.Count; i++)
            {
                _api.Release(OrtIndex.ReleaseValue, values[i]);
                Marshal.FreeCoTaskMem(names[i]);
            }
            _session.DangerousRelease();
        }
    }

    /// <summary>A run of the only input and one output, prepared for many times.</summary>
    /// <param name="output">Index in <see cref="Outputs"/>.</param>
    /// <exception cref="OrtException">Not one input, or not float32.</exception>
    public OrtCall Prepare(int output) => Inputs.Count == 1
        ? new OrtCall(_api, _session, _memory, Inputs[0], Outputs[output])
        : throw new OrtException(OrtErrorCode.InvalidArgument, $"the network has {Inputs.Count} inputs; one is supported");

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static OrtSession OpenOnGpu(OrtLibrary library, ReadOnlySpan<byte> model, OrtSessionSettings settings, OrtProvider provider)
    {
        var name = Name(provider, settings);
        const string remedy = "or set Inference:Provider to cpu, or Inference:RequireGpu to false to fall back to the processor";
        if (OrtProviderFiles.Missing(library.Path, provider) is { Count: > 0 } missing)
            throw new OrtDeviceException($"{name} cannot be used: {string.Join(" and ", missing)} missing beside the core library; put the file{(missing.Count > 1 ? "s" : "")} of ONNX Runtime {library.Version} for GPU there, {remedy}.");
        if (OrtProviderOptions.Tf32Problem(provider, settings.Precision, Environment.GetEnvironmentVariable(OrtProviderOptions.Tf32Variable)) is { } problem)
            throw new OrtDeviceException($"{name} would not compute as it is recorded: {problem}.");
        try
        {
            OrtSessionOptions.Create(library, settings, provider).Dispose();
        }
        catch (OrtException error)
        {
            throw new OrtDeviceException($"{name} cannot be used: {error.Message}; install what it names, {remedy}.", error);
        }
        OrtSession session;
        try
        {
            session = Open(library, model, settings, provider);
        }
        catch (OrtException error)
        {
            // What the processor refuses as well is the network's fault; so is what runs in part, which its nodes tell.
            Open(library, model, settings, OrtProvider.Cpu).Dispose();
            if (NodesOnProcessor(library, model, settings, provider) is { } left)
                throw OnProcessor(name, left);
            throw new OrtDeviceException($"{name} cannot be used: {error.Message}; look at the GPU (nvidia-smi), {remedy}.", error);
        }
        if (session.Placement?.OnProcessor is not { } nodes)
            return session;
        session.Dispose();
        throw OnProcessor(name, nodes);
    }

    /// <summary>What a GPU leaves of a network; null when it leaves nothing, or does not run at all.</summary>
    private static string? NodesOnProcessor(OrtLibrary library, ReadOnlySpan<byte> model, OrtSessionSettings settings, OrtProvider provider)
    {
        try
        {
            using var session = Open(library, model, settings, provider, isStrict: false);
            return session.Placement?.OnProcessor;
        }
        catch (OrtException)
        {
            return null;
        }
    }

    private static OrtException OnProcessor(string name, string nodes) => new(OrtErrorCode.NotImplemented,
        $"{name} leaves to the processor: {nodes}; a network must run on the GPU whole, export it without these operators");

    internal static OrtSession Open(OrtLibrary library, ReadOnlySpan<byte> model, OrtSessionSettings settings, OrtProvider provider, bool? isStrict = null, string? shortfall = null)
    {
        using var options = OrtSessionOptions.Create(library, settings, provider, isStrict);
        fixed (byte* bytes = model)
        {
            var handle = library.Api.CreateSession(library.Environment.DangerousGetHandle(), bytes, (nuint)model.Length,
                options.DangerousGetHandle());
            return new OrtSession(library, new OrtHandle(library.Api, OrtIndex.ReleaseSession, handle, library.Environment), settings, provider) { Shortfall = shortfall };
        }
    }

    private static string Name(OrtProvider provider, OrtSessionSettings settings) => provider == OrtProvider.Cpu ? "CPU"
        : $"{(provider == OrtProvider.TensorRt ? "TensorRT" : "CUDA")} device {settings.CudaDevice}{(NvidiaDriver.Describe() is { } driver ? $" ({driver})" : "")}";

    private (float[] Values, long[] Shape) Floats(nint value)
    {
        var shape = _api.Get(OrtIndex.GetTensorTypeAndShape, value);
        try
        {
            if (_api.ElementType(shape) != (int)OrtElementType.Float)
                throw new OrtException(OrtErrorCode.InvalidArgument, "an output is not float32");
            var count = (int)_api.Count(OrtIndex.GetTensorShapeElementCount, shape);
            return (new ReadOnlySpan<float>((void*)_api.Get(OrtIndex.GetTensorMutableData, value), count).ToArray(), _api.Dimensions(shape));
        }
        finally
        {
            _api.Release(OrtIndex.ReleaseTensorTypeAndShapeInfo, shape);
        }
    }

    private OrtTensorInfo[] Describe(int countIndex, int nameIndex, int typeIndex)
    {
        var session = _session.DangerousGetHandle();
        var infos = new OrtTensorInfo[(int)_api.Count(countIndex, session)];
        for (var i = 0; i < infos.Length; i++)
        {
            var type = _api.TypeInfo(typeIndex, session, (nuint)i);
            try
            {
                var tensor = _api.Get(OrtIndex.CastTypeInfoToTensorInfo, type); // borrowed; 0 when not a tensor
                infos[i] = new OrtTensorInfo(
                    _api.Name(nameIndex, session, (nuint)i),
                    tensor == 0 ? OrtElementType.Undefined : (OrtElementType)_api.ElementType(tensor),
                    tensor == 0 ? [] : _api.Dimensions(tensor));
            }
            finally
            {
                _api.Release(OrtIndex.ReleaseTypeInfo, type);
            }
        }
        return infos;
    }
}
