using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PacsAiWorker.Native.Processes;

/// <summary>
/// Memory that two processes see (memfd_create(2)). It can grow but never shrink: a process that may not be trusted cannot take
/// pages away under the other. Not for use by several threads while it grows.
/// </summary>
public sealed unsafe class SharedMemory : MemoryManager<byte>
{
    private readonly SafeFileHandle handle;
    private byte* start;
    private long capacity;

    private SharedMemory(SafeFileHandle handle) => this.handle = handle;

    /// <summary>The descriptor, to be handed to another process.</summary>
    public SafeFileHandle Handle => handle;

    /// <summary>Bytes that are mapped.</summary>
    public long Capacity => capacity;

    /// <summary>New memory of no length, not inherited by child processes.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    public static SharedMemory Create(string name)
    {
        var descriptor = ProcessCalls.CreateMemory(name, ProcessCalls.MemoryCloseOnExec | ProcessCalls.MemoryAllowSealing);
        if (descriptor < 0)
            throw Failed("Shared memory cannot be made");
        var memory = new SharedMemory(new SafeFileHandle(descriptor, ownsHandle: true));
        if (ProcessCalls.Control(descriptor, ProcessCalls.AddSeals, ProcessCalls.SealShrink | ProcessCalls.SealSeal) == 0)
            return memory;
        var failure = Failed("Shared memory cannot be sealed");
        memory.handle.Dispose();
        throw failure;
    }

    /// <summary>Memory that another process made; takes the descriptor over.</summary>
    public static SharedMemory Open(SafeFileHandle handle) => new(handle);

    /// <summary>Makes at least this many bytes usable. Views of before become invalid.</summary>
    /// <exception cref="IOException">No such amount of memory.</exception>
    public void EnsureCapacity(long bytes)
    {
        if (bytes <= capacity)
            return;
        var rounded = (bytes + 0xFFFFF) & ~0xFFFFFL;
        if (ProcessCalls.SetLength((int)handle.DangerousGetHandle(), rounded) != 0)
            throw Failed($"Shared memory cannot grow to {rounded} bytes");
        Map(rounded);
    }

    /// <summary>Maps what the other process has made usable.</summary>
    public void MapCapacity(long bytes)
    {
        if (bytes > capacity)
            Map(bytes);
    }

    private void Map(long bytes)
    {
        Unmap();
        var mapped = ProcessCalls.Map(null, (nuint)bytes, ProcessCalls.ReadWrite, ProcessCalls.Shared, (int)handle.DangerousGetHandle(), 0);
        if ((nint)mapped == -1)
            throw Failed($"{bytes} bytes of shared memory cannot be mapped");
        start = (byte*)mapped;
        capacity = bytes;
    }

    private void Unmap()
    {
        if (start != null)
            _ = ProcessCalls.Unmap(start, (nuint)capacity);
        start = null;
        capacity = 0;
    }

    public override Span<byte> GetSpan() => new(start, (int)Math.Min(capacity, int.MaxValue));

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
        // The pages never move.
    }

    protected override void Dispose(bool disposing)
    {
        Unmap();
        handle.Dispose();
    }

    private static IOException Failed(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
}
