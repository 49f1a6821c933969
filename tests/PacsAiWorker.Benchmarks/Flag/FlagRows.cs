using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PacsAiWorker.Benchmarks.Flag;

/// <summary>Reads the running worker's rows; they stay the worker's.</summary>
internal sealed class FlagRows : IDisposable
{
    private const double Milli = 1e-3;
    private readonly SqliteConnection _connection;

    public FlagRows(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        _connection.Open();
    }

    /// <summary>By Study Instance UID; studies whose row is not written yet are not there, and none before the worker has made its tables.</summary>
    /// <param name="begun">UTC; times of scores count from here.</param>
    public Dictionary<string, FlagSample> Read(DateTime begun)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'priority_override'";
        if ((long)command.ExecuteScalar()! == 0)
        {
            return [];
        }

        command.CommandText = """
            SELECT s.study_instance_uid, s.flagged_at, MAX(i.received_at), MAX(i.outcome_at), COALESCE(MAX(c.read_ms + c.fill_ms + c.wait_ms + c.run_ms), 0)
            FROM study s JOIN instance i ON i.study_id = s.id LEFT JOIN score c ON c.instance_id = i.id GROUP BY s.id
            """;
        using var reader = command.ExecuteReader();
        var samples = new Dictionary<string, FlagSample>();
        while (reader.Read())
        {
            var received = Time(reader.GetString(2));
            samples[reader.GetString(0)] = new FlagSample(
                reader.IsDBNull(1) ? null : Math.Max(0, (Time(reader.GetString(1)) - received).TotalSeconds), reader.GetDouble(4) * Milli,
                reader.IsDBNull(3) ? null : (Time(reader.GetString(3)) - begun).TotalSeconds);
        }

        return samples;
    }

    public void Dispose() => _connection.Dispose();

    private static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
