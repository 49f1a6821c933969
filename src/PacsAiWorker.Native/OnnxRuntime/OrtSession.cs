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

    private OrtSession(OrtLibrary library, OrtHandle session, bool isOnGpu, string provider)
    {
        IsOnGpu = isOnGpu;
        _api = library.Api;
        _session = session;
        _memory = library.CpuMemory;
        Provider = provider;
        Inputs = Describe(OrtIndex.SessionGetInputCount, OrtIndex.SessionGetInputName, OrtIndex.SessionGetInputTypeInfo);
        Outputs = Describe(OrtIndex.SessionGetOutputCount, OrtIndex.SessionGetOutputName, OrtIndex.SessionGetOutputTypeInfo);
    }

    /// <summary>The execution provider in words: "CPU", "CUDA device 0", or "CPU (CUDA refused: …)".</summary>
    public string Provider { get; }

    /// <summary>Whether a GPU runs it.</summary>
    public bool IsOnGpu { get; }

    /// <summary>Inputs in graph order.</summary>
    public IReadOnlyList<OrtTensorInfo> Inputs { get; }

    /// <summary>Outputs in graph order.</summary>
    public IReadOnlyList<OrtTensorInfo> Outputs { get; }

    /// <summary>Builds a session from the bytes of a .onnx file; the bytes may be dropped afterwards.</summary>
    /// <exception cref="OrtException">The network or the provider is refused.</exception>
    public static OrtSession Create(OrtLibrary library, ReadOnlySpan<byte> model, OrtSessionSettings settings)
    {
        var missing = OrtSessionOptions.MissingCudaFiles(library.Path);
        switch (settings.Provider)
        {
            case OrtProvider.Cuda when missing.Length > 0:
                throw new OrtException(OrtErrorCode.EpFail,
                    $"CUDA is configured but {string.Join(", ", missing)} not found beside the core library; set Inference:Provider to "
                    + "cpu or install the GPU build.");
            case OrtProvider.Cuda:
                return Open(library, model, settings, true, $"CUDA device {settings.CudaDevice}");
            case OrtProvider.Auto when missing.Length == 0:
                try
                {
                    return Open(library, model, settings, true, $"CUDA device {settings.CudaDevice}");
                }
                catch (OrtException e)
                {
                    return Open(library, model, settings, false, $"CPU (CUDA refused: {e.Message})");
                }
            default:
                return Open(library, model, settings, false, "CPU");
        }
    }

    /// <summary>Runs a network that has one float input.</summary>
    /// <param name="input">Elements in C order; the length equals the product of <paramref name="dims"/>.</param>
    /// <param name="dims">Shape of the input, for example N, C, H, W.</param>
    /// <returns>The elements of each output, in C order, in the order of <see cref="Outputs"/>.</returns>
    /// <exception cref="OrtException">The run failed; InvalidArgument when shape or type do not fit.</exception>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public float[][] Run(ReadOnlySpan<float> input, ReadOnlySpan<long> dims)
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
            var results = new float[Outputs.Count][];
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

    private static OrtSession Open(OrtLibrary library, ReadOnlySpan<byte> model, OrtSessionSettings settings, bool cuda, string provider)
    {
        using var options = OrtSessionOptions.Create(library.Api, settings, cuda);
        fixed (byte* bytes = model)
        {
            var handle = library.Api.CreateSession(library.Environment.DangerousGetHandle(), bytes, (nuint)model.Length,
                options.DangerousGetHandle());
            return new OrtSession(library, new OrtHandle(library.Api, OrtIndex.ReleaseSession, handle, library.Environment), cuda, provider);
        }
    }

    private float[] Floats(nint value)
    {
        var shape = _api.Get(OrtIndex.GetTensorTypeAndShape, value);
        try
        {
            if (_api.ElementType(shape) != (int)OrtElementType.Float)
                throw new OrtException(OrtErrorCode.InvalidArgument, "an output is not float32");
            var count = (int)_api.Count(OrtIndex.GetTensorShapeElementCount, shape);
            return new ReadOnlySpan<float>((void*)_api.Get(OrtIndex.GetTensorMutableData, value), count).ToArray();
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
