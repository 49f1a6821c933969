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

/// <summary>Claimed work over a real database; the first effect holds its transaction open until the test lets go.</summary>
public sealed class VerdictWriterTests : IAsyncLifetime
{
    private readonly TaskCompletionSource _letGo = new(), _isWriting = new();
    private readonly List<(string Key, RecordsTransaction In)> _effects = [];
    private RecordsDatabase _database = null!;
    private WorkTable _table = null!;
    private VerdictWriter _writer = null!;

    public async Task InitializeAsync()
    {
        _database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(_database).MigrateAsync(default);
        _table = new WorkTable(_database);
        _writer = new VerdictWriter(_table, _database, TimeProvider.System, NullLogger.Instance);
    }

    public Task DisposeAsync()
    {
        _database.Dispose();
        return SqliteFile.RemoveAsync(_database);
    }

    [Fact]
    public async Task Verdicts_that_come_while_one_is_written_are_written_together()
    {
        var work = await ClaimAsync(4);
        var written = await BeginAsync(work, (_, _) => null);
        await Task.WhenAll(written);
        var transactions = _effects.Select(e => e.In).ToList();
        Assert.NotSame(transactions[0], transactions[1]);
        Assert.All(transactions[2..], t => Assert.Same(transactions[1], t));
        Assert.Equal(4, await CountAsync(WorkStates.Done));
        Assert.Null(await AuditChain.FirstBrokenAsync(_database, default));
    }

    [Fact]
    public async Task One_that_cannot_be_written_takes_no_other_down()
    {
        var work = await ClaimAsync(4);
        var written = await BeginAsync(work, (key, _) => key == "2" ? new IOException("gone") : null);
        await Assert.ThrowsAsync<IOException>(() => written[2]);
        await Task.WhenAll(written[0], written[1], written[3]);
        Assert.Equal((3, 1), (await CountAsync(WorkStates.Done), await CountAsync(WorkStates.Leased)));
    }

    [Fact]
    public async Task Rows_are_locked_in_the_order_of_their_keys_whoever_comes_first()
    {
        var work = await ClaimAsync(4);
        await Task.WhenAll(await BeginAsync(work, (_, _) => null, order: i => $"1.2.{9 - i}"));
        Assert.Equal(["0", "3", "2", "1"], _effects.Select(e => e.Key));
    }

    /// <summary>The first verdict is being written when the others come.</summary>
    private async Task<List<Task>> BeginAsync(List<WorkRow> work, Func<string, RecordsTransaction, Exception?> fault, Func<int, string>? order = null)
    {
        List<Task> written = [_writer.WriteAsync(work[0], Done(work[0], fault, "", held: true))];
        await _isWriting.Task;
        written.AddRange(work.Skip(1).Select((w, i) => _writer.WriteAsync(w, Done(w, fault, order?.Invoke(i + 1) ?? ""))));
        _letGo.SetResult();
        return written;
    }

    private WorkVerdict.Done Done(WorkRow work, Func<string, RecordsTransaction, Exception?> fault, string order, bool held = false) => new(async (transaction, _) =>
    {
        _effects.Add((work.DedupeKey, transaction));
        if (held)
        {
            _isWriting.TrySetResult();
            await _letGo.Task;
        }

        return fault(work.DedupeKey, transaction) is { } error ? throw error : [new AuditEvent("done", $"work:{work.Id}", null, new { })];
    }, null, order);

    private async Task<List<WorkRow>> ClaimAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _database.WriteAsync(t => _table.EnqueueAsync(t, new NewWork(WorkKinds.Score, $"{i}", Guid.NewGuid(), 2), default), default);
        }

        return [.. (await _table.ClaimAsync(WorkKinds.Score, "test", TimeSpan.FromMinutes(1), count, default)).OrderBy(w => w.DedupeKey, StringComparer.Ordinal)];
    }

    private async Task<int> CountAsync(string state)
    {
        await using var context = _database.Open();
        return await context.Work.CountAsync(w => w.State == state);
    }
}
