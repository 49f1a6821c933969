using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Native.Codecs;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>
/// The decoding process: takes jobs from its channel until the worker is gone. It is given one file at a time, through a read-only
/// descriptor that comes with the job, and one piece of shared memory that it fills; it can write no file and its memory is limited.
/// </summary>
public static class CodecChild
{
    /// <summary>Runs until the other end closes.</summary>
    /// <returns>The exit code.</returns>
    public static int Run()
    {
        using var signals = GroupSignals.Ignore();
        using var channel = PacketChannel.Inherited(ChildProcess.ChannelNumber);
        var buffer = new byte[PacketChannel.MostBytes];
        if (channel.Receive(buffer, Timeout.InfiniteTimeSpan, out var length, out var handle) != PacketOutcome.Received || handle is null || length != sizeof(long))
            return 2;
        using var memory = SharedMemory.Open(handle);
        var missing = CodecLibrary.All.Where(l => !l.IsInstalled()).Select(l => l.File);
        ProcessLimits.Confine(BitConverter.ToInt64(buffer));
        if (!channel.TrySend(System.Text.Encoding.UTF8.GetBytes(string.Join(' ', missing.Prepend("ready")))))
            return 0;
        while (channel.Receive(buffer, Timeout.InfiniteTimeSpan, out length, out var file) == PacketOutcome.Received)
        {
            using (file)
            {
                var job = CodecJob.FromPacket(buffer.AsSpan(0, length), out var mapped);
                memory.MapCapacity(mapped);
                if (file is null || !channel.TrySend(Answer(job, file, memory).ToPacket()))
                    return 0;
            }
        }

        return 0;
    }

    private static CodecReply Answer(CodecJob job, SafeFileHandle file, SharedMemory memory)
    {
        try
        {
            return FrameCodec.Decode(job, Codestream.Read(file, job.SourceBytes), memory.GetSpan());
        }
        catch (OutOfMemoryException)
        {
            return CodecReply.No(NotScoredReason.Codec, "decoding needs more memory than a decoding process may take");
        }
        catch (Exception error) when (error is IOException or EntryPointNotFoundException or SEHException)
        {
            return CodecReply.No(NotScoredReason.Codec, $"decoding failed ({error.GetType().Name})");
        }
    }
}
