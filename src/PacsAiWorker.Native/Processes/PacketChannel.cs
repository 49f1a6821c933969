using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PacsAiWorker.Native.Processes;

/// <summary>What came of waiting for a packet.</summary>
public enum PacketOutcome
{
    /// <summary>A packet is there.</summary>
    Received,

    /// <summary>The other side is gone.</summary>
    Closed,

    /// <summary>Nothing came in time.</summary>
    TimedOut,
}

/// <summary>
/// One end of a pair of connected local sockets that keep packets apart (unix(7), SOCK_SEQPACKET) and can carry a file descriptor
/// with a packet. For one thread at a time.
/// </summary>
public sealed unsafe class PacketChannel : IDisposable
{
    /// <summary>Longest packet, bytes; below the kernel's smallest default for a socket's buffer.</summary>
    public const int MostBytes = 128 * 1024;

    private int descriptor;

    private PacketChannel(int descriptor) => this.descriptor = descriptor;

    internal int Descriptor => descriptor;

    /// <summary>Two connected ends; neither is inherited by a child process unless <see cref="ChildProcess"/> hands it over.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    public static (PacketChannel Ours, PacketChannel Theirs) Pair()
    {
        var pair = stackalloc int[2];
        const int Type = ProcessCalls.SequentialPackets | ProcessCalls.CloseOnExecSocket;
        return ProcessCalls.SocketPair(ProcessCalls.UnixFamily, Type, 0, pair) == 0
            ? (new(pair[0]), new(pair[1]))
            : throw Failed("A pair of local sockets cannot be made");
    }

    /// <summary>The end that a parent left at a descriptor's number.</summary>
    public static PacketChannel Inherited(int number) => new(number);

    /// <summary>Sends one packet, with a descriptor if one is given; false when the other side is gone.</summary>
    /// <exception cref="ArgumentException">The packet is longer than <see cref="MostBytes"/>.</exception>
    public bool TrySend(ReadOnlySpan<byte> packet, SafeFileHandle? file = null)
    {
        if (packet.Length > MostBytes)
            throw new ArgumentException($"a packet of {packet.Length} bytes is longer than {MostBytes}", nameof(packet));
        var added = false;
        try
        {
            file?.DangerousAddRef(ref added);
            return TrySend(packet, file is null ? -1 : (int)file.DangerousGetHandle());
        }
        finally
        {
            if (added)
                file!.DangerousRelease();
        }
    }

    private bool TrySend(ReadOnlySpan<byte> packet, int file)
    {
        fixed (byte* start = packet)
        {
            var slice = new ProcessCalls.Slice { Base = start, Length = (nuint)packet.Length };
            var message = new ProcessCalls.Message { Slices = &slice, SliceCount = 1 };
            var control = new ProcessCalls.DescriptorControl
            {
                Length = ProcessCalls.DescriptorControl.LengthOfOne,
                Level = ProcessCalls.SocketLevel,
                Type = ProcessCalls.Rights,
                Descriptor = file,
            };
            if (file >= 0)
            {
                message.Control = &control;
                message.ControlLength = (nuint)sizeof(ProcessCalls.DescriptorControl);
            }

            nint sent;
            do
                sent = ProcessCalls.SendMessage(descriptor, &message, ProcessCalls.NoSignal);
            while (sent < 0 && Marshal.GetLastPInvokeError() == ProcessCalls.Interrupted);
            return sent == packet.Length;
        }
    }

    /// <summary>Waits for a packet.</summary>
    /// <param name="buffer">At least <see cref="MostBytes"/> long.</param>
    /// <param name="limit">How long to wait; infinite is <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="length">Bytes of the packet.</param>
    /// <param name="file">The descriptor that came with it; the caller disposes of it.</param>
    public PacketOutcome Receive(Span<byte> buffer, TimeSpan limit, out int length, out SafeFileHandle? file)
    {
        (length, file) = (0, null);
        if (!WaitReadable(limit))
            return PacketOutcome.TimedOut;
        fixed (byte* start = buffer)
        {
            var slice = new ProcessCalls.Slice { Base = start, Length = (nuint)buffer.Length };
            ProcessCalls.DescriptorControl control = default;
            var message = new ProcessCalls.Message
            {
                Slices = &slice,
                SliceCount = 1,
                Control = &control,
                ControlLength = (nuint)sizeof(ProcessCalls.DescriptorControl),
            };
            nint received;
            do
                received = ProcessCalls.ReceiveMessage(descriptor, &message, ProcessCalls.CloseOnExecMessage);
            while (received < 0 && Marshal.GetLastPInvokeError() == ProcessCalls.Interrupted);
            if (message.ControlLength >= ProcessCalls.DescriptorControl.LengthOfOne && control.Type == ProcessCalls.Rights)
                file = new SafeFileHandle(control.Descriptor, ownsHandle: true);
            if (received <= 0)
                return PacketOutcome.Closed;
            length = (int)received;
            return PacketOutcome.Received;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref descriptor, -1) is >= 0 and var open)
            _ = ProcessCalls.Close(open);
    }

    private bool WaitReadable(TimeSpan limit)
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        var entry = new ProcessCalls.PollEntry { Descriptor = descriptor, Events = ProcessCalls.Readable };
        while (true)
        {
            var left = limit == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Max(0, (limit - since.Elapsed).TotalMilliseconds);
            var ready = ProcessCalls.Poll(&entry, 1, left);
            if (ready > 0)
                return true;
            if (ready == 0)
                return false;
            if (Marshal.GetLastPInvokeError() != ProcessCalls.Interrupted)
                throw Failed("A local socket cannot be waited for");
        }
    }

    private static IOException Failed(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
}
