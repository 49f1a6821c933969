using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace PacsAiWorker.Records.Schema;

/// <summary>State of one migration: applied, or still to come.</summary>
public sealed record MigrationStatus(int Version, string Name, string Checksum, DateTime? AppliedAt);

/// <summary>The schema cannot be used or changed as asked; the message says what to do.</summary>
public sealed class SchemaException(string message) : Exception(message);

/// <summary>
/// Forward-only SQL migrations, one transaction each, under a lock. Refuses a changed file, a gap, and a database
/// that is newer than the program.
/// </summary>
public sealed class SchemaMigrator(RecordsDatabase database)
{
    private const long LockKey = 0x5041435341490001;

    private readonly IReadOnlyList<MigrationFile> _files = MigrationFile.All(database.Options.IsPostgres ? "postgres" : "sqlite");

    /// <summary>Every migration of this program with the time it was applied, null when it was not.</summary>
    public async Task<IReadOnlyList<MigrationStatus>> StatusAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        var applied = await AppliedAsync(context, cancellation);
        Check(applied);
        return [.. _files.Select(f => new MigrationStatus(f.Version, f.Name, f.Checksum, applied.FirstOrDefault(a => a.Version == f.Version)?.At))];
    }

    /// <summary>Throws a sentence with the remedy unless the schema is exactly what this program needs.</summary>
    public async Task RequireCurrentAsync(CancellationToken cancellation)
    {
        var missing = (await StatusAsync(cancellation)).Where(s => s.AppliedAt is null).Select(s => s.Name).ToList();
        if (missing.Count > 0)
        {
            throw new SchemaException($"The database lacks the migration {string.Join(", ", missing)}: run `pacs-ai-worker db migrate` with a login that may change the schema.");
        }
    }

    /// <summary>Applies what is missing; returns the names.</summary>
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellation)
    {
        await database.WriteAsync(async transaction =>
        {
            var context = transaction.Context;
            await LockAsync(context, cancellation);
            await context.Database.ExecuteSqlRawAsync(
                $"""
                CREATE TABLE IF NOT EXISTS schema_history (version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                    applied_at {(database.Options.IsPostgres ? "timestamptz" : "text")} NOT NULL, duration_ms bigint NOT NULL)
                """, cancellation);
        }, cancellation);

        var done = new List<string>();
        foreach (var file in _files)
        {
            if (await ApplyAsync(file, cancellation))
            {
                done.Add(file.Name);
            }
        }

        return done;
    }

    private Task<bool> ApplyAsync(MigrationFile file, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var context = transaction.Context;
        await LockAsync(context, cancellation);
        var applied = await AppliedAsync(context, cancellation);
        Check(applied);
        if (applied.Any(a => a.Version == file.Version))
        {
            return false;
        }

        var watch = Stopwatch.StartNew();
        await using (var command = context.Database.GetDbConnection().CreateCommand())
        {
            command.CommandText = file.Sql;
            await command.ExecuteNonQueryAsync(cancellation);
        }

        await context.Database.ExecuteSqlRawAsync(
            $$"""INSERT INTO schema_history (version, name, checksum, applied_at, duration_ms) VALUES ({0}, {1}, {2}, {{database.Now}}, {3})""",
            [file.Version, file.Name, file.Checksum, watch.ElapsedMilliseconds], cancellation);
        return true;
    }, cancellation);

    private Task LockAsync(RecordsContext context, CancellationToken cancellation) => database.Options.IsPostgres
        ? context.Database.ExecuteSqlRawAsync($"SELECT pg_advisory_xact_lock({LockKey.ToString(CultureInfo.InvariantCulture)})", cancellation)
        : Task.CompletedTask;

    private async Task<IReadOnlyList<Applied>> AppliedAsync(RecordsContext context, CancellationToken cancellation)
    {
        var exists = database.Options.IsPostgres
            ? "SELECT count(*)::int AS \"Value\" FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'schema_history'"
            : "SELECT count(*) AS \"Value\" FROM sqlite_master WHERE name = 'schema_history'";
        if (await context.Database.SqlQueryRaw<int>(exists).SingleAsync(cancellation) == 0)
        {
            return [];
        }

        return await context.Database.SqlQueryRaw<Applied>("SELECT version AS \"Version\", checksum AS \"Checksum\", applied_at AS \"At\" FROM schema_history ORDER BY version")
            .ToListAsync(cancellation);
    }

    private void Check(IReadOnlyList<Applied> applied)
    {
        foreach (var row in applied)
        {
            var file = _files.FirstOrDefault(f => f.Version == row.Version)
                ?? throw new SchemaException($"The database has migration {row.Version}, this program knows {_files.Count}: start the newer program, or restore the database from before its upgrade.");
            if (file.Checksum != row.Checksum)
            {
                throw new SchemaException($"Migration {file.Name} was changed after it was applied: released migrations are final; restore the file and write a new migration.");
            }
        }
    }

    private sealed record Applied(int Version, string Checksum, DateTime At);
}
