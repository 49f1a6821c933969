using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>Zeros that begin at a cache line and stay where they are: a register read across two lines costs two reads.</summary>
internal sealed class AlignedFloats
{
    /// <summary>Floats that are allocated beyond those that are asked for.</summary>
    internal const int Spare = Line / sizeof(float);

    private const int Line = 64;

    private readonly float[] _memory;
    private readonly int _first;

    public AlignedFloats(int count)
    {
        _memory = GC.AllocateArray<float>(count + Spare, pinned: true);
        var past = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) % Line);
        _first = (Line - past) % Line / sizeof(float);
        Count = count;
    }

    public int Count { get; }

    public Span<float> Span => _memory.AsSpan(_first, Count);

    public ref float First => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_memory), _first);
}
