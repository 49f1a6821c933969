using System.Collections.Concurrent;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>Pinned receive buffers, kept for the next association: 1 MiB + 64 KiB, or 256 KiB once more than 16 are in use.</summary>
internal sealed class ReceiveBuffers
{
    private const int Large = (1 << 20) + (64 << 10);
    private const int Small = 256 << 10;
    private const int LargeOnes = 16;

    private readonly ConcurrentBag<byte[]> large = [];
    private readonly ConcurrentBag<byte[]> small = [];
    private int inUse;

    public byte[] Rent()
    {
        bool few = Interlocked.Increment(ref inUse) <= LargeOnes;
        return (few ? large : small).TryTake(out byte[]? buffer)
            ? buffer
            : GC.AllocateUninitializedArray<byte>(few ? Large : Small, pinned: true);
    }

    public void Return(byte[] buffer)
    {
        Interlocked.Decrement(ref inUse);
        ConcurrentBag<byte[]> bag = buffer.Length == Large ? large : small;
        if (bag.Count < LargeOnes)
        {
            bag.Add(buffer);
        }
    }
}
