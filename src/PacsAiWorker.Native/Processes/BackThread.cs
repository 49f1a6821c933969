using System.Collections.Concurrent;

namespace PacsAiWorker.Native.Processes;

/// <summary>
/// One thread that the kernel lets run when others leave room (nice 10 on Linux): for work that may follow later. Jobs run one after the
/// other, in the order in which they came.
/// </summary>
public sealed class BackThread : IDisposable
{
    private const int Niceness = 10;

    private readonly BlockingCollection<Action> jobs = [];
    private readonly Thread thread;
    private bool disposed;

    /// <param name="name">What the thread is called in a debugger and in <c>ps</c>.</param>
    public BackThread(string name)
    {
        thread = new Thread(Run) { IsBackground = true, Name = name };
        thread.Start();
    }

    /// <summary>Runs a job there; its exception comes out of the task.</summary>
    /// <exception cref="InvalidOperationException">Disposed of.</exception>
    public Task<T> RunAsync<T>(Func<T> job)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        jobs.Add(() =>
        {
            try
            {
                done.SetResult(job());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    /// <summary>Lets the jobs that came end. May be called again.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        jobs.CompleteAdding();
        thread.Join();
        jobs.Dispose();
    }

    private void Run()
    {
        // On Linux 0 means the calling thread, not the process. Where it is refused, this thread is as any other.
        if (OperatingSystem.IsLinux())
            _ = ProcessCalls.SetPriority(ProcessCalls.PriorityOfProcess, 0, Niceness);
        foreach (var job in jobs.GetConsumingEnumerable())
            job();
    }
}
