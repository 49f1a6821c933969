using System.Text;
using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>The worker's side of one decoding process. For one thread at a time.</summary>
internal sealed class CodecProcess : IDisposable
{
    private readonly CodecOptions options;
    private readonly PacketChannel channel;
    private readonly ChildProcess process;
    private readonly byte[] buffer = new byte[PacketChannel.MostBytes];

    private CodecProcess(CodecOptions options, PacketChannel channel, ChildProcess process, SharedMemory memory)
    {
        this.options = options;
        this.channel = channel;
        this.process = process;
        Memory = memory;
    }

    public int Id => process.Id;

    /// <summary>Frames decoded so far.</summary>
    public int Jobs { get; private set; }

    /// <summary>Where the last frame stands, until the next job.</summary>
    public SharedMemory Memory { get; }

    /// <summary>Libraries that the process did not find.</summary>
    public IReadOnlyList<string> MissingLibraries { get; private set; } = [];

    /// <exception cref="DecodingUnavailableException">It does not start or does not get ready in time.</exception>
    public static CodecProcess Start(CodecOptions options)
    {
        SharedMemory? memory = null;
        PacketChannel? channel = null;
        ChildProcess? process = null;
        try
        {
            memory = SharedMemory.Create("frames");
            (channel, var theirs) = PacketChannel.Pair();
            using (theirs)
                process = ChildProcess.Start(options.Program, [CodecOptions.ChildCommand], ChildEnvironment.Of(), theirs);
            var started = new CodecProcess(options, channel, process, memory);
            started.Greet();
            return started;
        }
        catch (IOException error)
        {
            process?.Dispose();
            channel?.Dispose();
            ((IDisposable?)memory)?.Dispose();
            throw new DecodingUnavailableException($"A decoding process cannot be started: {error.Message}", error);
        }
    }

    /// <summary>Null when the process crashed, hung or answered nonsense: it is of no use any more.</summary>
    /// <param name="job">What to decode.</param>
    /// <param name="file">The file, open for reading only.</param>
    /// <param name="hung">It was the time limit.</param>
    public CodecReply? Decode(CodecJob job, SafeFileHandle file, out bool hung)
    {
        hung = false;
        Jobs++;
        Memory.EnsureCapacity(job.TargetBytes);
        if (!channel.TrySend(job.ToPacket(Memory.Capacity), file))
            return null;
        var outcome = channel.Receive(buffer, options.Limit, out var length, out var unexpected);
        unexpected?.Dispose();
        hung = outcome == PacketOutcome.TimedOut;
        var reply = outcome == PacketOutcome.Received ? CodecReply.FromPacket(buffer.AsSpan(0, length)) : null;
        return reply is { Reason: null } && reply.SampleBytes > job.SampleBytes ? null : reply;
    }

    public void Dispose()
    {
        process.Dispose();
        channel.Dispose();
        ((IDisposable)Memory).Dispose();
    }

    private void Greet()
    {
        var sent = channel.TrySend(BitConverter.GetBytes(options.MemoryBytes), Memory.Handle);
        var length = 0;
        var outcome = sent ? channel.Receive(buffer, options.StartLimit, out length, out _) : PacketOutcome.Closed;
        var words = Encoding.UTF8.GetString(buffer.AsSpan(0, length)).Split(' ');
        if (words is not ["ready", .. var missing])
            throw new IOException(outcome == PacketOutcome.TimedOut
                ? $"{options.Program} was not ready after {options.StartLimit.TotalSeconds:F0} s"
                : $"{options.Program} ended before it was ready");
        MissingLibraries = missing;
    }
}
