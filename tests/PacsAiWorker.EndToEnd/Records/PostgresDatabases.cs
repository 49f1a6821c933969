using Npgsql;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Testing.Records;

namespace PacsAiWorker.EndToEnd.Records;

/// <summary>Databases of the shared PostgreSQL server; the desk comes to them with a login of its own.</summary>
internal sealed class PostgresDatabases(TestServers servers) : IEmptyDatabases
{
    public async Task<RecordsOptions> NewAsync() => new(RecordsOptions.Postgres, await (await servers.PostgresAsync()).NewDatabaseAsync());

    public Task<RecordsOptions> AsDeskAsync(RecordsDatabase migrated) => AsAsync(migrated, DatabaseLogins.Web);

    /// <summary>The same database with the login of a part of the line.</summary>
    public static async Task<RecordsOptions> AsAsync(RecordsDatabase migrated, string part)
    {
        var login = PostgresServer.LoginOf(part);
        await new DatabaseRights(migrated).GrantAsync(login, part, CancellationToken.None);
        return migrated.Options with { ConnectionString = PostgresServer.As(migrated.Options.ConnectionString, login) };
    }

    /// <summary>Its connections go back to the server.</summary>
    public Task LeaveAsync(RecordsDatabase database)
    {
        NpgsqlConnection.ClearAllPools();
        return Task.CompletedTask;
    }
}
