using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Work;

/// <summary>The loop over a real database with a handler that the test scripts.</summary>
public sealed class WorkLoopTests : IAsyncLifetime
{
    private readonly WakeUps _wakeUps = new();
    private RecordsDatabase _database = null!;
    private WorkTable _table = null!;

    public async Task InitializeAsync()
    {
        _database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(_database).MigrateAsync(default);
        _table = new WorkTable(_database);
    }

    public Task DisposeAsync()
    {
        _database.Dispose();
        return SqliteFile.RemoveAsync(_database);
    }

    [Fact]
    public async Task A_finished_piece_writes_its_effect_and_its_audit_together()
    {
        var row = await RunAsync((_, _) => Done(), r => r.State == WorkStates.Done);
        await using var context = _database.Open();
        Assert.Equal($"work:{row.Id}", (await context.Audit.SingleAsync()).Subject);
    }

    [Fact]
    public async Task A_fault_is_tried_again_and_parked_when_the_attempts_are_used_up()
    {
        var row = await RunAsync((_, _) => throw new InvalidOperationException("broken"), r => r.State == WorkStates.Parked, maxAttempts: 1);
        Assert.Equal(("fault", "InvalidOperationException: broken"), (row.ReasonCode, row.ReasonDetail));
    }

    [Fact]
    public async Task A_retry_waits_with_its_reason()
    {
        var row = await RunAsync((_, _) => new WorkVerdict.Retry("pacs busy", "A700H"), r => r.State == WorkStates.Ready && r.Attempts == 1);
        Assert.Equal("pacs busy", row.ReasonCode);
        Assert.True(row.NotBefore > row.CreatedAt);
    }

    [Fact]
    public async Task Waiting_for_its_turn_charges_no_attempt()
    {
        var calls = 0;
        var row = await RunAsync((_, _) => ++calls < 3 ? new WorkVerdict.Postpone(TimeSpan.Zero, "awaiting", "") : Done(), r => r.State == WorkStates.Done);
        Assert.Equal(1, row.Attempts);
    }

    [Fact]
    public async Task What_changed_meanwhile_is_done_again_and_nothing_of_the_first_try_is_written()
    {
        var calls = 0;
        await RunAsync((_, _) => ++calls == 1
            ? new WorkVerdict.Done(async (transaction, token) =>
            {
                await _table.EnqueueAsync(transaction, new NewWork(WorkKinds.Report, "half", Guid.NewGuid(), 2), token);
                throw new WorkSupersededException("changed");
            })
            : Done(), r => r.State == WorkStates.Done);
        await using var context = _database.Open();
        Assert.False(await context.Work.AnyAsync(w => w.Kind == WorkKinds.Report));
    }

    /// <summary>Of the full lane many wait before the other's; they are neither claimed nor do they take the other's place.</summary>
    [Fact]
    public async Task Work_of_a_lane_that_hangs_holds_up_no_other_lane()
    {
        await _database.WriteAsync(async t =>
        {
            for (var i = 0; i < 20; i++)
            {
                await _table.EnqueueAsync(t, new NewWork(WorkKinds.Deliver, $"slow {i}", Guid.NewGuid(), 0, Lane: "slow"), default);
            }

            for (var i = 0; i < 20; i++)
            {
                await _table.EnqueueAsync(t, new NewWork(WorkKinds.Deliver, $"quick {i}", Guid.NewGuid(), 3, Lane: "quick"), default);
            }
        }, default);
        using var hang = new CancellationTokenSource();
        var handler = new Laned(hang.Token);
        using var signal = new OutboxSignal();
        using var loop = new WorkLoop(handler, _table, _database, _wakeUps, signal, WorkerIdentity.Embedded, new WorkOptions(), new MessagingOptions(), TimeProvider.System, NullLogger<WorkLoop>.Instance);
        await loop.StartAsync(default);
        try
        {
            await using var context = _database.Open();
            while (await context.Work.CountAsync(w => w.Lane == "quick" && w.State == WorkStates.Done) < 20)
            {
                Assert.True(await context.Work.CountAsync(w => w.Lane == "slow" && w.State == WorkStates.Leased) <= 2);
                await signal.WaitAsync(TimeSpan.FromSeconds(1), default);
            }

            Assert.Equal((2, 0), (handler.Slow, await context.Work.CountAsync(w => w.Lane == "slow" && w.State == WorkStates.Done)));
        }
        finally
        {
            await hang.CancelAsync();
            await loop.StopAsync(default);
        }

    }

    /// <summary>Two a lane; what is in the lane "slow" does not come back.</summary>
    private sealed class Laned(CancellationToken hang) : IWorkHandler, ILanes
    {
        private int _slow;

        public int Slow => _slow;

        public string Kind => WorkKinds.Deliver;

        public int Slots => 4;

        public ILanes? Lanes => this;

        public IReadOnlyList<string> Closed(IReadOnlyDictionary<string, int> running) => [.. running.Where(r => r.Value >= 2).Select(r => r.Key)];

        public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
        {
            if (work.Lane == "slow")
            {
                Interlocked.Increment(ref _slow);
                await Task.Delay(Timeout.Infinite, hang).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return new WorkVerdict.Postpone(TimeSpan.FromHours(1), "hung", "");
            }

            return Done();
        }
    }

    private static WorkVerdict.Done Done() => new((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([new AuditEvent("done", "work:", null, new { })]));

    /// <summary>Queues one piece, runs the loop until its row is as awaited.</summary>
    private async Task<WorkRow> RunAsync(Func<WorkRow, CancellationToken, WorkVerdict> handle, Func<WorkRow, bool> until, int maxAttempts = 8)
    {
        await _database.WriteAsync(t => _table.EnqueueAsync(t, new NewWork(WorkKinds.Score, "key", Guid.NewGuid(), 2, MaxAttempts: maxAttempts), default), default);
        var handler = new Scripted((work, token) =>
        {
            var verdict = handle(work, token);
            return verdict is WorkVerdict.Done done ? new WorkVerdict.Done(async (t, c) => [.. (await done.Effect(t, c)).Select(e => e with { Subject = $"work:{work.Id}" })]) : verdict;
        });
        using var signal = new OutboxSignal();
        using var loop = new WorkLoop(handler, _table, _database, _wakeUps, signal, WorkerIdentity.Embedded, new WorkOptions(), new MessagingOptions(), TimeProvider.System, NullLogger<WorkLoop>.Instance);
        await loop.StartAsync(default);
        try
        {
            while (true)
            {
                // The loop tells when it has written something.
                await signal.WaitAsync(TimeSpan.FromSeconds(1), default);
                await using var context = _database.Open();
                var row = await context.Work.AsNoTracking().SingleAsync(w => w.DedupeKey == "key");
                if (until(row))
                {
                    return row;
                }

                Assert.True(handler.Calls < 20, "the work never came to the awaited state");
                _wakeUps.Signal(WorkKinds.Score);
            }
        }
        finally
        {
            await loop.StopAsync(default);
        }
    }

    private sealed class Scripted(Func<WorkRow, CancellationToken, WorkVerdict> handle) : IWorkHandler
    {
        public int Calls { get; private set; }

        public string Kind => WorkKinds.Score;

        public int Slots => 1;

        public Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
        {
            Calls++;
            return Task.FromResult(handle(work, cancellation));
        }
    }
}
