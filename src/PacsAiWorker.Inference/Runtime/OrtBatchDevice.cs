using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>A network of ONNX Runtime on the device that its session uses. Takes the session over.</summary>
internal sealed class OrtBatchDevice : IBatchDevice
{
    // A GPU searches its algorithms anew for each size: few sizes, each a power of two. A CPU gains next to nothing from more than a few.
    private static readonly int[] OnCpu = [1, 2, 3, 4];

    /// <summary>Batch sizes of a GPU; TensorRT builds for them.</summary>
    internal static readonly IReadOnlyList<int> OnGpu = [1, 2, 4, 8, 16, 32];

    private readonly OrtSession _session;
    private readonly OrtCall _call;

    /// <param name="session">The network.</param>
    /// <param name="output">Index of the output that is wanted.</param>
    /// <param name="inputLength">Values of one item's input.</param>
    /// <param name="outputLength">Values of one item's output.</param>
    public OrtBatchDevice(OrtSession session, int output, int inputLength, int outputLength)
    {
        (_session, _call) = (session, session.Prepare(output));
        (InputLength, OutputLength) = (inputLength, outputLength);
        Buckets = session.IsOnGpu ? OnGpu : OnCpu;
    }

    public int InputLength { get; }

    public int OutputLength { get; }

    /// <summary>Those of the device; a session that takes another one's place takes on its sizes, for which places are laid out.</summary>
    public IReadOnlyList<int> Buckets { get; set; }

    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output)
    {
        try
        {
            _call.Run(input, rows, output);
        }
        catch (OrtException error)
        {
            throw new DeviceFaultException(FaultOf(error), error.Message, error);
        }
    }

    public void Dispose()
    {
        _call.Dispose();
        _session.Dispose();
    }

    /// <summary>The library tells these apart by words alone (inference.md section 6).</summary>
    private DeviceFault FaultOf(OrtException error) =>
        error.Code == OrtErrorCode.InvalidArgument ? DeviceFault.Refused
        : error.Message.Contains("allocate", StringComparison.OrdinalIgnoreCase) ? DeviceFault.OutOfMemory
        : _session.IsOnGpu && (error.Message.Contains("CUDA", StringComparison.Ordinal) || error.Message.Contains("TensorRT", StringComparison.OrdinalIgnoreCase) || error.Code == OrtErrorCode.EpFail) ? DeviceFault.Lost
        : DeviceFault.Refused;
}
