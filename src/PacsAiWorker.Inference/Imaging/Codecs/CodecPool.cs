using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Native.Codecs;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>
/// Decoding processes, started when needed and used again. A process that crashes, hangs or runs out of memory costs the image that
/// did it, after one more try in a fresh process. Safe for several threads; each gets a process of its own.
/// </summary>
public sealed class CodecPool(CodecOptions options) : IDisposable
{
    /// <summary>After so many frames a process is replaced: what a damaged frame may have left in it does not last.</summary>
    private const int MostJobs = 1000;

    private readonly SemaphoreSlim free = new(options.Processes);
    private readonly ConcurrentBag<CodecProcess> idle = [];
    private bool disposed;

    public CodecOptions Options => options;

    /// <summary>Numbers of the processes that wait for work.</summary>
    public IReadOnlyList<int> IdleProcesses => [.. idle.Select(p => p.Id)];

    /// <summary>Starts one process if there is none and asks it which libraries it did not find.</summary>
    /// <exception cref="DecodingUnavailableException">No process can be started.</exception>
    public IReadOnlyList<CodecLibrary> MissingLibraries()
    {
        free.Wait();
        var process = Take(fresh: false);
        Return(process);
        return [.. CodecLibrary.All.Where(l => process.MissingLibraries.Contains(l.File))];
    }

    /// <summary>Full path of ffmpeg; null when there is none.</summary>
    public string? FindFfmpeg() => FfmpegProcess.Find(options.Ffmpeg);

    /// <summary>Decodes one frame. On success the frame lies in the process' memory and keeps the process until it is disposed of.</summary>
    /// <exception cref="DecodingUnavailableException">No process can be started.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting for a process.</exception>
    internal (CodecReply Reply, StoredFrame? Frame) Decode(CodecJob job, SafeFileHandle file, CancellationToken cancellation)
    {
        var hung = false;
        for (var tries = 0; tries < 2; tries++)
        {
            free.Wait(cancellation);
            var process = Take(fresh: tries > 0);
            var reply = Ask(process, job, file, out hung);
            if (reply is { Reason: null })
                return (reply, Frame(job, reply, process));
            if (reply is not null)
            {
                Return(process);
                return (reply, null);
            }

            process.Dispose();
            free.Release();
        }

        cancellation.ThrowIfCancellationRequested();
        return (CodecReply.No(NotScoredReason.Codec, hung
            ? $"decoding took longer than {options.Limit.TotalSeconds:F0} s, twice"
            : "the decoding process ended, twice"), null);
    }

    public void Dispose()
    {
        disposed = true;
        while (idle.TryTake(out var process))
            process.Dispose();
        free.Dispose();
    }

    private StoredFrame Frame(CodecJob job, CodecReply reply, CodecProcess process)
    {
        var bytes = job.TargetBytes / job.SampleBytes * reply.SampleBytes;
        return new(job.Columns, job.Rows, job.Samples, reply.SampleBytes, reply.Bits, reply.Colour, process.Memory.Memory[..(int)bytes], new Loan(this, process));
    }

    /// <summary>A process that cannot be asked is ended, and its place is free again.</summary>
    private CodecReply? Ask(CodecProcess process, CodecJob job, SafeFileHandle file, out bool hung)
    {
        try
        {
            return process.Decode(job, file, out hung);
        }
        catch (IOException error)
        {
            process.Dispose();
            free.Release();
            throw new DecodingUnavailableException($"A decoding process cannot be used: {error.Message}", error);
        }
    }

    private CodecProcess Take(bool fresh)
    {
        try
        {
            return !fresh && idle.TryTake(out var process) ? process : CodecProcess.Start(options);
        }
        catch
        {
            free.Release();
            throw;
        }
    }

    private void Return(CodecProcess process)
    {
        if (disposed || process.Jobs >= MostJobs)
            process.Dispose();
        else
            idle.Add(process);
        if (!disposed)
            free.Release();
    }

    /// <summary>A process that is busy until its frame was used.</summary>
    private sealed class Loan(CodecPool pool, CodecProcess process) : IDisposable
    {
        private CodecProcess? process = process;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref process, null) is { } back)
                pool.Return(back);
        }
    }
}
