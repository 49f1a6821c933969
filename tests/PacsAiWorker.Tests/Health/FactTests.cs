using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Configuration;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Health;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Pipeline;
using PacsAiWorker.Tests.Pipeline.Delivery;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Health;

/// <summary>What a worker writes of itself, and how it looks at a peer that a person asks about.</summary>
public sealed class FactTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pacsai-facts-");
    private readonly ScriptedPacs _pacs = new();
    private RecordsDatabase _database = null!;
    private FactStore _store = null!;

    public async Task InitializeAsync()
    {
        _database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(_database).MigrateAsync(default);
        _store = new FactStore(_database, new WorkTable(_database));
    }

    public async Task DisposeAsync()
    {
        _pacs.Dispose();
        _database.Dispose();
        await SqliteFile.RemoveAsync(_database);
        _folder.Delete(recursive: true);
    }

    private WorkerOptions Options(int? port = null) => new()
    {
        Roles = "receive,deliver",
        Data = new() { Directory = _folder.FullName },
        Dicom = new() { Destinations = [new DestinationOptions { Name = "archive", AeTitle = ScriptedPacs.AeTitle, Host = "127.0.0.1", Port = port ?? _pacs.Port }] },
        Worklist = new() { Mwl = new MwlOptions { AeTitle = ScriptedPacs.AeTitle, Host = "127.0.0.1", Port = _pacs.Port } },
    };

    private async Task WriteAsync(WorkerOptions options)
    {
        using var keeper = new FactKeeper(new ServiceCollection().BuildServiceProvider(), options, _database, _store, TimeProvider.System, new KeptLog<FactKeeper>());
        await keeper.WriteAsync(default);
    }

    private async Task<PeerLookRow> LookAsync(WorkerOptions options, string peer)
    {
        await WriteAsync(options);
        Assert.True(await _store.AskAsync(peer, "rosa", DateTime.UtcNow, default));
        var table = new WorkTable(_database);
        var work = Assert.Single(await table.ClaimAsync(WorkKinds.Look, "me", TimeSpan.FromMinutes(1), 9, default));
        await new VerdictWriter(table, _database, TimeProvider.System, NullLogger.Instance).WriteAsync(work, await new LookHandler(options, TimeProvider.System).HandleAsync(work, default));
        return (await _store.LooksAsync(default))[peer];
    }

    [Fact]
    public async Task A_worker_writes_down_what_it_finds_and_which_peers_it_has_and_each_time_anew()
    {
        await WriteAsync(Options());
        await WriteAsync(Options());
        var facts = await _store.ListAsync(default);
        Assert.Equal([("broker", "broker"), ("database", "database"), ("disk", "disk"), ("peer", "PACS archive"), ("peer", "modality worklist")], facts.Select(f => (f.Kind, f.Name)).OrderBy(f => f.Kind, StringComparer.Ordinal).ThenBy(f => f.Name, StringComparer.Ordinal));
        Assert.Equal($"PACS@127.0.0.1:{_pacs.Port}", facts.Single(f => f.Name == "PACS archive").Says);
        Assert.Contains("(receive, deliver)", facts[0].Worker, StringComparison.Ordinal);
        Assert.False(await _store.AskAsync("PACS elsewhere", "rosa", DateTime.UtcNow, default));
    }

    [Fact]
    public async Task A_peer_that_answers_and_takes_what_it_is_there_for_is_well()
    {
        var look = await LookAsync(Options(), "PACS archive");
        Assert.True(look.IsWell);
        Assert.StartsWith($"PACS@127.0.0.1:{_pacs.Port} answers and takes Comprehensive 3D SR", look.Says, StringComparison.Ordinal);
        Assert.NotNull(look.AnsweredAt);
        Assert.Contains("takes Modality Worklist", (await LookAsync(Options(), "modality worklist")).Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_is_away_or_takes_nothing_of_ours_is_not_and_a_second_question_is_asked_anew()
    {
        _pacs.Accepts = (sopClass, _) => sopClass == SopClasses.Verification;
        var look = await LookAsync(Options(), "PACS archive");
        Assert.False(look.IsWell);
        Assert.Contains("accepts none of", look.Says, StringComparison.Ordinal);
        Assert.Contains("does not accept Modality Worklist", (await LookAsync(Options(), "modality worklist")).Says, StringComparison.Ordinal);
        var away = await LookAsync(Options(port: 1), "PACS archive");
        Assert.Equal((false, false), (away.IsWell, away.Id == look.Id));
    }
}
