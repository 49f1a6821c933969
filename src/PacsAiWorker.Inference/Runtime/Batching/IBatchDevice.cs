namespace PacsAiWorker.Inference.Runtime.Batching;

/// <summary>One network on one device. Used by one thread at a time.</summary>
public interface IBatchDevice : IDisposable
{
    /// <summary>Values of one item's input.</summary>
    int InputLength { get; }

    /// <summary>Values of one item's output.</summary>
    int OutputLength { get; }

    /// <summary>Batch sizes that it runs, rising; what lies between two of them is padded to the larger.</summary>
    IReadOnlyList<int> Buckets { get; }

    /// <summary>Runs one batch.</summary>
    /// <param name="input">rows × <see cref="InputLength"/>, C order.</param>
    /// <param name="rows">One of <see cref="Buckets"/>.</param>
    /// <param name="output">rows × <see cref="OutputLength"/>, C order.</param>
    /// <exception cref="DeviceFaultException">It did not run.</exception>
    void Run(ReadOnlySpan<float> input, int rows, Span<float> output);
}

/// <summary>What a failed run says about what to do next.</summary>
public enum DeviceFault
{
    /// <summary>This batch was refused; another one may run.</summary>
    Refused,

    /// <summary>There was no memory for a batch of this size.</summary>
    OutOfMemory,

    /// <summary>The device is gone: nothing runs until the session is opened again.</summary>
    Lost,
}

/// <summary>A run failed.</summary>
public sealed class DeviceFaultException(DeviceFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to do next.</summary>
    public DeviceFault Fault { get; } = fault;
}
