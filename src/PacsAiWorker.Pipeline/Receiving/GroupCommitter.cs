using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Native.Files;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>The row could not be committed: no 0000H.</summary>
public sealed class NotCommittedException(string message) : Exception(message);

/// <summary>
/// One folder sync per shard and one transaction for all whole files that wait: many associations share the price of being durable.
/// </summary>
public sealed class GroupCommitter(Journal journal, RecordsDatabase database, Spool spool, StorageHealth health, OutboxSignal outbox, ILogger<GroupCommitter> log) : BackgroundService
{
    private const int MostTogether = 64;
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Waiting> _queue = [];

    /// <summary>Blocks the receiving thread until the folder entry and the row are durable.</summary>
    /// <exception cref="NotCommittedException">Database away or folder sync failed.</exception>
    public JournalResult Commit(ReceivedInstance instance)
    {
        var waiting = new Waiting(instance);
        try
        {
            _queue.Add(waiting);
        }
        catch (InvalidOperationException)
        {
            throw new NotCommittedException("the worker is stopping");
        }

        return waiting.Wait();
    }

    public override void Dispose()
    {
        _queue.Dispose();
        base.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.CompleteAdding();
        await base.StopAsync(cancellationToken);
    }

    // A thread of its own: the receiving threads block on it, so it must never wait for the pool.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run()
    {
        var group = new List<Waiting>(MostTogether);
        while (!_queue.IsCompleted)
        {
            group.Clear();
            if (!_queue.TryTake(out var first, ProbeEvery))
            {
                Probe();
                continue;
            }

            group.Add(first);
            while (group.Count < MostTogether && _queue.TryTake(out var next))
            {
                group.Add(next);
            }

            CommitGroup(group);
        }
    }

    private void CommitGroup(List<Waiting> group)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            foreach (var folder in group.Select(w => Path.GetDirectoryName(spool.PathOf(w.Instance.Instance.File))!).Distinct())
            {
                Durable.SyncDirectory(folder);
            }
        }
        catch (IOException error)
        {
            health.Break($"a spool folder could not be synced: {error.Message}");
            PipelineLog.StorageFault(log, error.Message);
            group.ForEach(w => w.Fail("storage fault"));
            return;
        }

        try
        {
            var results = journal.CommitAsync([.. group.Select(w => w.Instance)], CancellationToken.None).GetAwaiter().GetResult();
            PipelineMeters.CommitSeconds.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            health.JournalDown = null;
            outbox.Set();
            for (var i = 0; i < group.Count; i++)
            {
                group[i].Succeed(results[i]);
            }
        }
        catch (JournalRefusedException error) when (group.Count == 1)
        {
            PipelineLog.JournalFailed(log, nameof(JournalRefusedException), error.Message);
            group[0].Fail(error.Message);
        }
        catch (JournalRefusedException)
        {
            // One row must not take its neighbours down.
            group.ForEach(w => CommitGroup([w]));
        }
        catch (Exception error)
        {
            health.JournalDown = "the database does not answer: instances cannot be recorded";
            PipelineLog.JournalFailed(log, error.GetType().Name, error.Message);
            group.ForEach(w => w.Fail($"journal: {error.GetType().Name}"));
        }
    }

    /// <summary>While the journal is down, asks once a second whether it is back.</summary>
    private void Probe()
    {
        if (health.JournalDown is null)
        {
            return;
        }

        if (database.AnswersAsync(CancellationToken.None).GetAwaiter().GetResult())
        {
            health.JournalDown = null;
        }
    }

    /// <summary>One receiving thread and what it waits for.</summary>
    private sealed class Waiting(ReceivedInstance instance)
    {
        private readonly TaskCompletionSource<JournalResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ReceivedInstance Instance => instance;

        public JournalResult Wait() => _done.Task.GetAwaiter().GetResult();

        public void Succeed(JournalResult verdict) => _done.SetResult(verdict);

        public void Fail(string reason) => _done.SetException(new NotCommittedException(reason));
    }
}
