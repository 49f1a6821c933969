using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>Counts the instances in a worker's SQLite database, which stays the worker's: read only.</summary>
internal sealed class RowCount : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SqliteConnection _connection;

    public RowCount(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        _connection.Open();
    }

    public async Task<long> LookAsync(CancellationToken cancellation)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM instance";
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Seconds until there are that many rows.</summary>
    /// <exception cref="InvalidOperationException">Rows are still missing after a minute.</exception>
    public async Task<double> DrainAsync(long rows, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        for (long there; (there = await LookAsync(cancellation)) < rows;)
        {
            if (watch.Elapsed > Patience)
            {
                throw new InvalidOperationException($"{rows - there} acknowledged instances have no row after {Patience.TotalSeconds:F0} s");
            }

            await Task.Delay(20, cancellation);
        }

        return watch.Elapsed.TotalSeconds;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
