using Microsoft.EntityFrameworkCore;
using Npgsql;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Testing.Records;
using Xunit;

namespace PacsAiWorker.EndToEnd.Records;

/// <summary>What a login may not do, PostgreSQL itself refuses: no code of ours stands between.</summary>
[Collection(Lanes.Line)]
public sealed class DatabaseRightsTests(TestServers servers) : IAsyncLifetime
{
    private static readonly string[] Identities = ["patient_identity", "reconciled_identity", "order_context", "report", "report_companion", "heat_map", "account", "invitation"];

    private RecordsDatabase _owner = null!;

    public async Task InitializeAsync()
    {
        _owner = new RecordsDatabase(await new PostgresDatabases(servers).NewAsync());
        await new SchemaMigrator(_owner).MigrateAsync(default);
        await new SeededSite(_owner, TimeProvider.System.GetUtcNow().UtcDateTime).FillAsync(12);
    }

    public Task DisposeAsync()
    {
        _owner.Dispose();
        NpgsqlConnection.ClearAllPools();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(DatabaseLogins.Worker)]
    [InlineData(DatabaseLogins.Web)]
    [InlineData(DatabaseLogins.Qa)]
    public async Task Nobody_but_the_owner_changes_the_record_or_takes_its_guards_away(string part)
    {
        using var login = new RecordsDatabase(await PostgresDatabases.AsAsync(_owner, part));
        await using (var context = login.Open())
        {
            // PostgreSQL answers with a warning that nothing was granted.
            await context.Database.ExecuteSqlRawAsync("GRANT ALL ON audit_entry TO PUBLIC");
        }

        foreach (var sql in new[]
        {
            "UPDATE audit_entry SET actor = 'somebody'", "DELETE FROM audit_entry", "TRUNCATE audit_entry", "ALTER TABLE audit_entry DISABLE TRIGGER ALL", "DROP TABLE audit_entry",
            "CREATE OR REPLACE FUNCTION audit_entry_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$", "UPDATE schema_history SET checksum = ''",
        })
        {
            await RefusedAsync(login, sql);
        }

        Assert.Null(await AuditChain.FirstBrokenAsync(_owner, default));
    }

    [Theory]
    [InlineData(DatabaseLogins.Worker)]
    [InlineData(DatabaseLogins.Web)]
    public async Task Nothing_that_was_received_scored_or_decided_is_deleted(string part)
    {
        using var login = new RecordsDatabase(await PostgresDatabases.AsAsync(_owner, part));
        foreach (var table in new[] { "study", "instance", "patient_identity", "score", "result", "report", "delivery", "delivery_attempt", "model", "feedback", "study_opened", "priority_override", "priority_notice", "account" })
        {
            await RefusedAsync(login, $"DELETE FROM {table}");
        }
    }

    [Fact]
    public async Task The_desk_changes_nothing_that_a_model_or_a_cart_has_said()
    {
        using var web = new RecordsDatabase(await PostgresDatabases.AsAsync(_owner, DatabaseLogins.Web));
        foreach (var sql in new[]
        {
            "UPDATE score SET positive_probability = 0", "UPDATE result SET is_positive = false", "UPDATE instance SET outcome = NULL", "UPDATE patient_identity SET patient_id = 'x'", "UPDATE report SET content = ''",
            "INSERT INTO score SELECT * FROM score", "INSERT INTO result SELECT * FROM result", "UPDATE heat_map SET picture = ''",
        })
        {
            await RefusedAsync(web, sql);
        }
    }

    [Fact]
    public async Task Quality_staff_read_scores_and_verdicts_and_no_identity()
    {
        using var qa = new RecordsDatabase(await PostgresDatabases.AsAsync(_owner, DatabaseLogins.Qa));
        await using (var context = qa.Open())
        {
            Assert.True(await context.Scores.AnyAsync());
            Assert.True(await context.Results.AnyAsync(r => r.IsPositive));
        }

        foreach (var table in Identities)
        {
            await RefusedAsync(qa, $"SELECT * FROM {table}");
        }

        foreach (var words in new[] { "SELECT detail FROM delivery", "SELECT reason FROM feedback", "SELECT why FROM priority_override", "SELECT * FROM delivery_attempt" })
        {
            await RefusedAsync(qa, words);
        }

        await using (var context = qa.Open())
        {
            Assert.True(await context.Feedback.Select(f => f.Verdict).AnyAsync());
        }

        await RefusedAsync(qa, "UPDATE study SET read_by = 'x'");
        await RefusedAsync(qa, "INSERT INTO feedback SELECT * FROM feedback");
    }

    [Fact]
    public async Task A_login_that_is_not_there_or_owns_the_tables_is_refused_with_the_remedy()
    {
        var rights = new DatabaseRights(_owner);
        Assert.Contains("CREATE ROLE", (await Assert.ThrowsAsync<SchemaException>(() => rights.GrantAsync("nobody", DatabaseLogins.Web, default))).Message, StringComparison.Ordinal);
        Assert.Contains("login of its own", (await Assert.ThrowsAsync<SchemaException>(() => rights.GrantAsync("ci", DatabaseLogins.Web, default))).Message, StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(RecordsDatabase login, string sql)
    {
        await using var context = login.Open();
        var refused = await Record.ExceptionAsync(() => context.Database.ExecuteSqlRawAsync(sql));
        Assert.True(refused is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege }, $"{sql}: {refused?.Message ?? "was done"}");
    }
}
