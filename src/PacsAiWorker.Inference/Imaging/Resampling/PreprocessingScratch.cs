using System.Runtime.Intrinsics;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>
/// Memory that pre-processing works in, owned by one thread and kept from picture to picture: it grows to the largest that was seen,
/// then nothing is allocated.
/// </summary>
public sealed class PreprocessingScratch
{
    private Vector256<float>[] lines = [], columns = [], sums = [], rows = [];
    private float[] line = [];
    private byte[] grey = [];

    internal TapCache Taps { get; } = new();

    /// <summary>A few columns of eight rows.</summary>
    internal Span<Vector256<float>> Lines(int length) => Room(ref lines, length);

    /// <summary>Eight rows, a vector a sample.</summary>
    internal Span<Vector256<float>> Columns(int length) => Room(ref columns, length);

    /// <summary>Eight rows resized along themselves, a vector a sample.</summary>
    internal Span<Vector256<float>> Sums(int length) => Room(ref sums, length);

    /// <summary>The same, row after row.</summary>
    internal Span<Vector256<float>> Rows(int length) => Room(ref rows, length);

    /// <summary>One row of them.</summary>
    internal Span<float> Line(int length) => Room(ref line, length);

    /// <summary>The part of a picture that is used, in grey.</summary>
    internal Span<byte> Grey(int length) => Room(ref grey, length);

    private static Span<T> Room<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            array = new T[length];
        return array.AsSpan(0, length);
    }
}
