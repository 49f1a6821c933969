using Microsoft.Data.Sqlite;

namespace PacsAiWorker.Records;

/// <summary>Which database is the truth.</summary>
/// <param name="Provider"><c>sqlite</c> (embedded road) or <c>postgres</c> (distributed road).</param>
/// <param name="ConnectionString">For SQLite empty means <c>pacsai.db</c> in the data folder.</param>
public sealed record RecordsOptions(string Provider, string ConnectionString)
{
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";

    public bool IsPostgres => Provider == Postgres;

    /// <summary>Path of the SQLite file; null for another provider.</summary>
    public string? SqliteFile => IsPostgres ? null : new SqliteConnectionStringBuilder(ConnectionString).DataSource;
}
