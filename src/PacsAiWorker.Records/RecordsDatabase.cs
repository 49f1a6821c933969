using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace PacsAiWorker.Records;

/// <summary>Opens contexts and runs transactions on either database; the only place that knows the difference in locking.</summary>
public sealed class RecordsDatabase : IDisposable
{
    private const int Tries = 3;

    private readonly DbContextOptions<RecordsContext> _options;

    // SQLite has one writer: waiting here is fair and immediate, waiting on its busy handler is neither.
    private readonly SemaphoreSlim? _writer;
    private volatile string? _held;

    public RecordsDatabase(RecordsOptions options)
    {
        Options = options;
        var builder = new DbContextOptionsBuilder<RecordsContext>();
        if (options.IsPostgres)
        {
            builder.UseNpgsql(options.ConnectionString);
        }
        else
        {
            _writer = new SemaphoreSlim(1, 1);
            builder.UseSqlite(options.ConnectionString).AddInterceptors(new DurablePragmas());
        }

        _options = builder.Options;
    }

    public RecordsOptions Options { get; }

    /// <summary>Nothing is written from here on, for this reason; writers see a database that is away.</summary>
    public void Hold(string reason) => _held = reason;

    /// <summary>Writing may begin.</summary>
    public void Release() => _held = null;

    /// <summary>A context for reading; the caller disposes it.</summary>
    internal RecordsContext Open() => new(_options);

    /// <summary>Whether the database can be reached right now.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        try
        {
            await using var context = Open();
            return await context.Database.CanConnectAsync(cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The database's clock, as an SQL expression: leases never depend on a worker's clock.</summary>
    internal string Now => Options.IsPostgres ? "now()" : "strftime('%Y-%m-%d %H:%M:%f','now')";

    /// <summary>The database's clock plus whole milliseconds, as an SQL expression.</summary>
    internal string NowPlus(TimeSpan span) => Options.IsPostgres
        ? FormattableString.Invariant($"now() + interval '{(long)span.TotalMilliseconds} milliseconds'")
        : FormattableString.Invariant($"strftime('%Y-%m-%d %H:%M:%f','now','{(span < TimeSpan.Zero ? "" : "+")}{span.TotalSeconds:0.000} seconds')");

    /// <summary>A column's time plus a span, and the earlier of two times, as SQL expressions.</summary>
    internal string Plus(string column, TimeSpan span) => Options.IsPostgres
        ? FormattableString.Invariant($"{column} + interval '{(long)span.TotalMilliseconds} milliseconds'")
        : FormattableString.Invariant($"strftime('%Y-%m-%d %H:%M:%f',{column},'+{span.TotalSeconds:0.000} seconds')");

    /// <inheritdoc cref="Plus"/>
    internal string Earlier(string a, string b) => Options.IsPostgres ? $"LEAST({a}, {b})" : $"MIN({a}, {b})";

    /// <summary>The later of two times, as an SQL expression.</summary>
    internal string Later(string a, string b) => Options.IsPostgres ? $"GREATEST({a}, {b})" : $"MAX({a}, {b})";

    /// <summary>A key as <c>Guid.ToString()</c> writes it, as an SQL expression.</summary>
    internal string KeyText(string column) => Options.IsPostgres ? $"{column}::text" : $"lower({column})";

    /// <summary>Appended to a SELECT that must keep its rows to itself until the transaction ends.</summary>
    internal string ForUpdate => Options.IsPostgres ? " FOR UPDATE" : "";

    /// <summary>Appended to a SELECT that takes rows nobody else holds. SQLite has one writer and needs no such thing.</summary>
    internal string ForUpdateSkipLocked => Options.IsPostgres ? " FOR UPDATE SKIP LOCKED" : "";

    /// <summary>
    /// Runs <paramref name="body"/> in one transaction and commits it durably. Where PostgreSQL breaks a deadlock by giving one side up,
    /// the body runs again: it must make its rows anew or leave them as they were.
    /// </summary>
    /// <exception cref="InvalidOperationException">Writing is held.</exception>
    public Task<T> WriteAsync<T>(Func<RecordsTransaction, Task<T>> body, CancellationToken cancellation) => WriteAsync(body, durable: true, cancellation);

    /// <summary>
    /// As <see cref="WriteAsync{T}"/>, without waiting for the disk: for rows that something durable gives again. A power cut may take the
    /// last of them back, never one that a later durable transaction was built upon.
    /// </summary>
    public Task<T> WriteRebuildableAsync<T>(Func<RecordsTransaction, Task<T>> body, CancellationToken cancellation) => WriteAsync(body, durable: false, cancellation);

    private async Task<T> WriteAsync<T>(Func<RecordsTransaction, Task<T>> body, bool durable, CancellationToken cancellation)
    {
        if (_held is { } reason)
        {
            throw new InvalidOperationException(reason);
        }

        if (_writer is not null)
        {
            await _writer.WaitAsync(cancellation);
        }

        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await WriteOnceAsync(body, durable, cancellation);
                }
                catch (Exception error) when (attempt < Tries && IsGivenUp(error))
                {
                    // Deadlock or serialization failure: the other side has gone on by now.
                }
            }
        }
        finally
        {
            _writer?.Release();
        }
    }

    private async Task<T> WriteOnceAsync<T>(Func<RecordsTransaction, Task<T>> body, bool durable, CancellationToken cancellation)
    {
        await using var context = Open();
        if (!durable && !Options.IsPostgres)
        {
            // For this opening alone, and not possible inside a transaction.
            await context.Database.OpenConnectionAsync(cancellation);
            await context.Database.ExecuteSqlRawAsync("PRAGMA synchronous=NORMAL", cancellation);
        }

        await using var transaction = await context.Database.BeginTransactionAsync(cancellation);
        if (!durable && Options.IsPostgres)
        {
            await context.Database.ExecuteSqlRawAsync("SET LOCAL synchronous_commit TO off", cancellation);
        }

        var result = await body(new RecordsTransaction(this, context));
        await context.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    /// <summary>SQLSTATE 40P01 deadlock_detected, 40001 serialization_failure, wherever EF Core has wrapped it.</summary>
    private static bool IsGivenUp(Exception? error) =>
        error is not null && (error is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } || IsGivenUp(error.InnerException));

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Func<RecordsTransaction, Task> body, CancellationToken cancellation) =>
        WriteAsync(async transaction =>
        {
            await body(transaction);
            return true;
        }, cancellation);

    public void Dispose() => _writer?.Dispose();

    private sealed class DurablePragmas : DbConnectionInterceptor
    {
        private const string Pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Apply(connection);
            return Task.CompletedTask;
        }

        private static void Apply(DbConnection connection)
        {
            using var command = ((SqliteConnection)connection).CreateCommand();
            command.CommandText = Pragmas;
            command.ExecuteNonQuery();
        }
    }
}
