using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>Rows of float32 side by side in memory of our own, 64-byte aligned, which no collection moves.</summary>
/// <param name="rows">How many.</param>
/// <param name="length">Values of one row.</param>
public sealed unsafe class TensorMemory(int rows, int length) : IDisposable
{
    private const int Alignment = 64;

    private float* _memory = (float*)NativeMemory.AlignedAlloc((nuint)((long)rows * length * sizeof(float)), Alignment);

    /// <summary>Neighbouring rows as one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public Span<float> Rows(int first, int count)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, rows);
        return new(_memory + ((long)first * length), count * length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
