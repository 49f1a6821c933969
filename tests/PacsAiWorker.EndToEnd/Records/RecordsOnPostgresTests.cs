using Npgsql;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Records;
using PacsAiWorker.Testing.Records;
using Xunit;

namespace PacsAiWorker.EndToEnd.Records;

internal static class PostgresDatabase
{
    public static async Task<RecordsOptions> NewAsync(TestServers servers) =>
        new(RecordsOptions.Postgres, await (await servers.PostgresAsync()).NewDatabaseAsync());

    /// <summary>Connections of a database that nobody uses any more go back to the server.</summary>
    public static void Leave() => NpgsqlConnection.ClearAllPools();
}

[Collection(Lanes.Line)]
public sealed class WorkTableOnPostgresTests(TestServers servers) : WorkTableContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}

[Collection(Lanes.Line)]
public sealed class JournalOnPostgresTests(TestServers servers) : JournalContract
{
    protected override string DropUpdateTrigger => "DROP TRIGGER audit_entry_no_change ON audit_entry";

    protected override string DropDeleteTrigger => "SELECT 1";

    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}

[Collection(Lanes.Line)]
public sealed class RetentionStoreOnPostgresTests(TestServers servers) : RetentionContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}

[Collection(Lanes.Line)]
public sealed class DefectQueryOnPostgresTests(TestServers servers) : DefectContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}

[Collection(Lanes.Line)]
public sealed class SchemaOnPostgresTests(TestServers servers) : SchemaContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}

[Collection(Lanes.Line)]
public sealed class DeskQueryOnPostgresTests(TestServers servers) : DeskContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}

[Collection(Lanes.Line)]
public sealed class AbsenceQueryOnPostgresTests(TestServers servers) : AbsenceContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}

[Collection(Lanes.Line)]
public sealed class OverrideStoreOnPostgresTests(TestServers servers) : OverrideContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}

[Collection(Lanes.Line)]
public sealed class RecallStoreOnPostgresTests(TestServers servers) : RecallContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => PostgresDatabase.NewAsync(servers);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        PostgresDatabase.Leave();
    }
}
