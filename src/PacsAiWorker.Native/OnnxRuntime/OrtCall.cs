using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>
/// A run that is prepared once: one float input, one float output, both in the caller's memory. Nothing managed is allocated by a run.
/// One thread at a time.
/// </summary>
public sealed unsafe class OrtCall : IDisposable
{
    private const int MostDimensions = 8;

    private readonly OrtApi _api;
    private readonly OrtHandle _session, _memory;
    private readonly long[] _inputShape, _outputShape;
    private nint _inputName, _outputName;

    internal OrtCall(OrtApi api, OrtHandle session, OrtHandle memory, OrtTensorInfo input, OrtTensorInfo output)
    {
        if (input.ElementType != OrtElementType.Float || output.ElementType != OrtElementType.Float)
            throw new OrtException(OrtErrorCode.InvalidArgument, "only networks with float32 input and output are run");
        if (input.Shape.Length > MostDimensions || output.Shape.Length > MostDimensions)
            throw new OrtException(OrtErrorCode.InvalidArgument, $"the network has more than {MostDimensions} dimensions");
        (_api, _session, _memory) = (api, session, memory);
        (_inputShape, _outputShape) = (input.Shape, output.Shape);
        (_inputName, _outputName) = (Marshal.StringToCoTaskMemUTF8(input.Name), Marshal.StringToCoTaskMemUTF8(output.Name));
    }

    /// <summary>Runs a batch.</summary>
    /// <param name="input">rows × the product of the input's other dimensions, C order.</param>
    /// <param name="rows">Size of the first dimension.</param>
    /// <param name="output">rows × the product of the output's other dimensions, C order; is written.</param>
    /// <exception cref="OrtException">The run failed.</exception>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output)
    {
        ObjectDisposedException.ThrowIf(_inputName == 0, this);
        var held = false;
        _session.DangerousAddRef(ref held);
        nint inputValue = 0, outputValue = 0;
        try
        {
            fixed (float* from = input)
            fixed (float* to = output)
            {
                inputValue = Tensor(from, input.Length, _inputShape, rows);
                outputValue = Tensor(to, output.Length, _outputShape, rows);
                byte* inputName = (byte*)_inputName, outputName = (byte*)_outputName;
                _api.Run(_session.DangerousGetHandle(), &inputName, &inputValue, 1, &outputName, 1, &outputValue);
            }
        }
        finally
        {
            _api.Release(OrtIndex.ReleaseValue, inputValue);
            _api.Release(OrtIndex.ReleaseValue, outputValue);
            _session.DangerousRelease();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Marshal.FreeCoTaskMem(_inputName);
        Marshal.FreeCoTaskMem(_outputName);
        (_inputName, _outputName) = (0, 0);
    }

    private nint Tensor(float* data, int length, long[] shape, int rows)
    {
        var dims = stackalloc long[MostDimensions];
        shape.CopyTo(new Span<long>(dims, MostDimensions));
        dims[0] = rows;
        return _api.TensorOver(_memory.DangerousGetHandle(), data, (nuint)length * sizeof(float), dims, (nuint)shape.Length, (int)OrtElementType.Float);
    }
}
