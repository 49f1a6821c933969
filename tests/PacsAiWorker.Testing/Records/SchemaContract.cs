using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Schema;
using Xunit;

namespace PacsAiWorker.Testing.Records;

public abstract class SchemaContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    // What EF Core does not know: partial indexes for the hot queries, and the migrator's own table.
    private static readonly string[] SqlOnly = ["work_ready", "work_leased", "work_open", "outbox_due", "instance_awaiting", "schema_history"];

    [Fact]
    public async Task The_migrated_schema_equals_the_model()
    {
        var other = new RecordsDatabase(await CreateEmptyAsync());
        await using (var context = other.Open())
        {
            await context.Database.ExecuteSqlRawAsync(context.Database.GenerateCreateScript());
        }

        Assert.Equal(await DescribeAsync(other), await DescribeAsync(Database));
        other.Dispose();
    }

    [Fact]
    public async Task Migrating_again_does_nothing_and_status_says_when_it_was_done()
    {
        var migrator = new SchemaMigrator(Database);
        Assert.Empty(await migrator.MigrateAsync(None));
        Assert.All(await migrator.StatusAsync(None), s => Assert.NotNull(s.AppliedAt));
        await migrator.RequireCurrentAsync(None);
    }

    [Fact]
    public async Task A_changed_migration_is_refused_by_name()
    {
        await Database.WriteAsync(c => ExecuteAsync(c, "UPDATE schema_history SET checksum = 'x' WHERE version = 1"), None);
        var error = await Assert.ThrowsAsync<SchemaException>(() => new SchemaMigrator(Database).MigrateAsync(None));
        Assert.Contains("0001_records", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await Database.WriteAsync(c => ExecuteAsync(c, "UPDATE schema_history SET version = 999 WHERE version = 1"), None);
        var error = await Assert.ThrowsAsync<SchemaException>(() => new SchemaMigrator(Database).RequireCurrentAsync(None));
        Assert.Contains("newer program", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_database_is_named_with_the_remedy()
    {
        using var empty = new RecordsDatabase(await CreateEmptyAsync());
        var error = await Assert.ThrowsAsync<SchemaException>(() => new SchemaMigrator(empty).RequireCurrentAsync(None));
        Assert.Contains("db migrate", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Columns with type and nullability, and indexes with their columns, one line each, in order.</summary>
    private static async Task<IReadOnlyList<string>> DescribeAsync(RecordsDatabase database)
    {
        var sql = database.Options.IsPostgres
            ? """
              SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' null=' || is_nullable AS "Value", table_name AS "Name"
              FROM information_schema.columns WHERE table_schema = current_schema()
              UNION ALL SELECT 'index ' || indexdef, indexname FROM pg_indexes WHERE schemaname = current_schema()
              """
            : """
              SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || ' notnull=' || c."notnull" || ' pk=' || c.pk AS "Value", t.name AS "Name"
              FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
              UNION ALL SELECT 'index ' || i.name || ' ' || i."unique" || ' on ' || t.name || '(' || (SELECT group_concat(name) FROM pragma_index_info(i.name)) || ')', i.name
              FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table'
              """;
        await using var context = database.Open();
        var rows = await context.Database.SqlQueryRaw<Described>(sql).ToListAsync(None);
        return [.. rows.Where(r => !SqlOnly.Any(s => r.Name.Contains(s, StringComparison.Ordinal))).Select(r => r.Value).Order(StringComparer.Ordinal)];
    }

    private sealed record Described(string Value, string Name);
}
