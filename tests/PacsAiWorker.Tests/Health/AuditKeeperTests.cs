using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Configuration;
using PacsAiWorker.Health;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Tests.Inference;
using PacsAiWorker.Tests.Pipeline;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Health;

public sealed class AuditKeeperTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pacsai-heads-");
    private readonly KeptLog<AuditKeeper> _log = new();
    private RecordsDatabase _database = null!;

    private PublishedHeads Heads => new(Path.Combine(_folder.FullName, "elsewhere", "heads.csv"));

    public async Task InitializeAsync()
    {
        _database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(_database).MigrateAsync(default);
        await AppendAsync();
    }

    public async Task DisposeAsync()
    {
        _database.Dispose();
        await SqliteFile.RemoveAsync(_database);
        _folder.Delete(recursive: true);
    }

    private Task AppendAsync() => _database.WriteAsync(t => AuditChain.AppendAsync(t, [new AuditEvent("received", "instance:1", null, new { })], DateTime.UtcNow, default), default);

    private AuditKeeper Keeper(FixedClock? clock = null) => new(new WorkerOptions(), _database, Heads, clock ?? new FixedClock(DateTimeOffset.UtcNow), _log);

    [Fact]
    public async Task The_end_is_published_when_the_record_has_grown_and_not_twice()
    {
        var keeper = Keeper();
        await keeper.PublishAsync(default);
        await keeper.PublishAsync(default);
        await AppendAsync();
        await keeper.PublishAsync(default);
        Assert.Equal([1L, 2], Heads.Read().Select(h => h.Seq));
        Assert.Equal(await AuditChain.HeadAsync(_database, default), Heads.Read()[^1]);
    }

    [Fact]
    public async Task What_no_longer_fits_is_an_alarm_and_nothing_more_is_published()
    {
        await Keeper().PublishAsync(default);
        await _database.WriteAsync(async t =>
        {
            await t.Context.Database.ExecuteSqlRawAsync("DROP TRIGGER audit_entry_no_update");
            await t.Context.Database.ExecuteSqlRawAsync("UPDATE audit_entry SET hash = zeroblob(32)");
        }, default);
        await AppendAsync();
        await Keeper().PublishAsync(default);
        Assert.Single(Heads.Read());
        Assert.Contains("entry 1 ", Assert.Single(_log.Of(2005)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_a_power_cut_has_torn_is_left_out_and_a_strange_one_is_named()
    {
        await Keeper().PublishAsync(default);
        await File.AppendAllTextAsync(Heads.Path, "2026-11-22T10:00:00Z,2");
        Assert.Single(Heads.Read());
        await AppendAsync();
        await Keeper().PublishAsync(default);
        Assert.Equal([1L, 2], Heads.Read().Select(h => h.Seq));
        await File.AppendAllTextAsync(Heads.Path, "x\n");
        Assert.Contains("line 3", Assert.Throws<FormatException>(() => Heads.Read()).Message, StringComparison.Ordinal);
    }
}
