using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>One row of a query, by column name, the same for both databases.</summary>
internal sealed class Row(IReadOnlyDictionary<string, object?> values)
{
    /// <summary>Text, or null.</summary>
    public string? this[string column] => values[column] switch
    {
        null => null,
        Guid key => key.ToString(),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    public string Text(string column) => this[column] ?? throw new InvalidOperationException($"{column} is null");

    /// <summary>Keys are upper case in SQLite and lower case in PostgreSQL.</summary>
    public string Key(string column) => Text(column).ToLowerInvariant();

    public long Number(string column) => Convert.ToInt64(values[column], CultureInfo.InvariantCulture);

    public double Real(string column) => Convert.ToDouble(values[column], CultureInfo.InvariantCulture);

    public bool Flag(string column) => Convert.ToBoolean(values[column], CultureInfo.InvariantCulture);

    public byte[] Bytes(string column) => (byte[])values[column]!;

    /// <summary>All columns, for a person.</summary>
    public override string ToString() => string.Join(" | ", values.Select(v => $"{v.Key}={(v.Value is byte[] bytes ? $"{bytes.Length} bytes" : this[v.Key])}"));
}

/// <summary>Plain SQL on the worker's database: neither EF Core nor any code of the product between.</summary>
internal sealed class Rows(string connectionString, Road road)
{
    public async Task<IReadOnlyList<Row>> QueryAsync(string sql)
    {
        await using DbConnection connection = road == Road.Embedded ? new SqliteConnection(connectionString) : new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Row>();
        while (await reader.ReadAsync())
        {
            rows.Add(new Row(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i))));
        }

        return rows;
    }

    public async Task<long> CountAsync(string fromWhere) => (await QueryAsync($"SELECT COUNT(*) AS n FROM {fromWhere}"))[0].Number("n");
}
