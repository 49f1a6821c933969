using PacsAiWorker.Inference.Runtime.Batching;

namespace PacsAiWorker.Tests.Inference.Runtime.Batching;

/// <summary>
/// A device on a virtual clock: a batch of b takes <c>each</c> + b × <c>perRow</c>. Its network gives twice the first input value; what it
/// finds in an input can make it fail.
/// </summary>
internal sealed class SimulatedDevice(VirtualClock clock, TimeSpan each, TimeSpan perRow, params int[] buckets) : IBatchDevice
{
    /// <summary>An item that no batch with it in it gets through.</summary>
    public const float Poison = -1;

    /// <summary>An item whose output is not a number.</summary>
    public const float NotANumber = -2;

    /// <summary>An item during whose batch the device disappears.</summary>
    public const float Unplugs = -3;

    /// <summary>An item on which the device's own code fails in a way that nobody thought of.</summary>
    public const float Bug = -4;

    public List<(int Bucket, float[] Firsts)> Batches { get; } = [];

    /// <summary>There is no memory for more rows than these.</summary>
    public int Memory { get; set; } = int.MaxValue;

    public bool IsDisposed { get; private set; }

    public int InputLength => 3;

    public int OutputLength => 2;

    public IReadOnlyList<int> Buckets => buckets;

    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output)
    {
        Assert.Contains(rows, buckets);
        Assert.False(IsDisposed);
        Assert.Equal((rows * InputLength, rows * OutputLength), (input.Length, output.Length));
        var firsts = new float[rows];
        for (var i = 0; i < rows; i++)
            firsts[i] = input[i * InputLength];
        clock.Advance(each + (rows * perRow));
        Batches.Add((rows, firsts));
        if (rows > Memory)
            throw new DeviceFaultException(DeviceFault.OutOfMemory, "no memory");
        if (firsts.Contains(Unplugs))
            throw new DeviceFaultException(DeviceFault.Lost, "unplugged");
        if (firsts.Contains(Bug))
            throw new InvalidOperationException("a bug");
        if (firsts.Contains(Poison))
            throw new DeviceFaultException(DeviceFault.Refused, "poison");
        for (var i = 0; i < rows; i++)
            (output[2 * i], output[(2 * i) + 1]) = (firsts[i] == NotANumber ? float.NaN : 2 * firsts[i], rows);
    }

    public void Dispose() => IsDisposed = true;
}
