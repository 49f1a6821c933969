using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Work;
using Xunit;

namespace PacsAiWorker.Testing.Records;

/// <summary>What both databases must do alike: run on SQLite by the unit tests and on PostgreSQL by the end-to-end tests.</summary>
public abstract class RecordsContract(IEmptyDatabases databases) : IAsyncLifetime
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    /// <summary>How long a study stays open at most.</summary>
    protected static readonly TimeSpan Cap = TimeSpan.FromHours(1);

    protected static CancellationToken None => CancellationToken.None;

    protected RecordsDatabase Database { get; private set; } = null!;

    protected WorkTable Work { get; private set; } = null!;

    protected Journal Journal { get; private set; } = null!;

    /// <summary>A new, empty database.</summary>
    protected Task<RecordsOptions> CreateEmptyAsync() => databases.NewAsync();

    public async Task InitializeAsync()
    {
        Database = new RecordsDatabase(await CreateEmptyAsync());
        await new SchemaMigrator(Database).MigrateAsync(None);
        Work = new WorkTable(Database);
        Journal = new Journal(Database, Work, TimeProvider.System, Cap);
    }

    public Task DisposeAsync()
    {
        Database.Dispose();
        return databases.LeaveAsync(Database);
    }

    /// <summary>A received instance; equal arguments give equal content.</summary>
    protected static ReceivedInstance Received(string study, string sop, string content = "a") => new(
        new InstanceRow
        {
            Id = Guid.CreateVersion7(),
            SopInstanceUid = sop,
            SopClassUid = "1.2.840.10008.5.1.4.1.1.6.1",
            SeriesInstanceUid = study + ".1",
            TransferSyntaxUid = "1.2.840.10008.1.2.1",
            Digest = content.PadRight(64, '0'),
            DataSetBytes = 10,
            File = $"{Guid.CreateVersion7():N}:4608:10",
            ReceivedAt = DateTime.UtcNow,
            CallingAe = "US1",
            CalledAe = "PACSAI",
            Source = "cstore",
            IdentityDigest = "x",
        },
        study, new PatientIdentityRow { PatientId = "PHANTOM-1" }, "site", 2, Quiet);

    /// <summary>Rows for records whose bytes are there.</summary>
    protected Task<IReadOnlyList<JournalVerdict>> CommitAsync(params ReceivedInstance[] files) => Journal.CommitAsync(files, [], _ => true, None);

    protected async Task<WorkRow> ClaimOneAsync(string kind = WorkKinds.Score) =>
        Assert.Single(await Work.ClaimAsync(kind, "me", TimeSpan.FromMinutes(1), 1, None));

    protected Task QueueAsync(string key, short tier = 2, TimeSpan delay = default, int maxAttempts = 8) =>
        Database.WriteAsync(c => Work.EnqueueAsync(c, new NewWork(WorkKinds.Score, key, Guid.NewGuid(), tier, delay, maxAttempts), None), None);

    /// <summary>Lets every lease run out without waiting.</summary>
    protected Task ExpireLeasesAsync() => Database.WriteAsync(
        c => ExecuteAsync(c, $"UPDATE work SET lease_until = {Database.NowPlus(TimeSpan.FromSeconds(-1))} WHERE state = 'leased'"), None);

    protected static Task ExecuteAsync(RecordsTransaction transaction, string sql) => transaction.Context.Database.ExecuteSqlRawAsync(sql);
}
