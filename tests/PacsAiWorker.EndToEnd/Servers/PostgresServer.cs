using Npgsql;
using PacsAiWorker.Records.Schema;

namespace PacsAiWorker.EndToEnd.Servers;

/// <summary>PostgreSQL on a port and folder of its own, without fsync: here processes die, never the machine. A new database for each test.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Package = "postgresql-15";
    private const string Bin = "/usr/lib/postgresql/15/bin";
    private const string Password = "ci";

    private readonly TempFolder _folder = new("postgres");
    private readonly int _port = Ports.Free();
    private Child? _server;

    private string Data => _folder["data"];

    // initdb and postgres refuse root.
    private static IReadOnlyList<string> AsPostgres => Environment.IsPrivilegedProcess
        ? ["/usr/bin/setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        : ["/usr/bin/env"];

    public static async Task<PostgresServer> StartAsync()
    {
        Tool.Find($"{Bin}/initdb", Package);
        var server = new PostgresServer();
        await File.WriteAllTextAsync(server._folder["pw"], Password);
        if (Environment.IsPrivilegedProcess)
        {
            (await Tool.RunAsync("/bin/chown", ["postgres", server._folder.Path, server._folder["pw"]])).Succeeded();
        }

        (await server.RunAsync($"{Bin}/initdb", "-D", server.Data, "-U", "ci", "-A", "scram-sha-256", $"--pwfile={server._folder["pw"]}",
            "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-sync")).Succeeded();
        await server.ResumeAsync();
        await server.ExecuteAsync(string.Join(';', DatabaseLogins.All.Select(l => $"CREATE ROLE {LoginOf(l)} LOGIN PASSWORD '{Password}'")));
        return server;
    }

    /// <summary>Starts again after <see cref="StopAsync"/>, with the same data on the same port.</summary>
    public async Task ResumeAsync()
    {
        var command = AsPostgres;
        _server = Child.Start(command[0], [.. command.Skip(1), $"{Bin}/postgres", "-D", Data, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={_folder.Path}", "-c", "fsync=off"], null, _folder.Path);
        await Until.HoldsAsync("PostgreSQL answers", async () => _server.HasExited ? throw new InvalidOperationException(_server.Log) : await AnswersAsync(), () => Task.FromResult(_server.Log));
    }

    /// <summary>Fast shutdown: every session ends.</summary>
    public Task StopAsync()
    {
        // The tests' own connections end with it.
        NpgsqlConnection.ClearAllPools();
        return _server!.StopAsync("INT");
    }

    /// <summary>Connection string of a new, empty database.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"t{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return To(name);
    }

    /// <summary>The login that the server keeps for a part of the line; it may do what it was granted.</summary>
    public static string LoginOf(string part) => $"pacsai_{part}";

    /// <summary>The same database with another login.</summary>
    public static string As(string connectionString, string login) => new NpgsqlConnectionStringBuilder(connectionString) { Username = login }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            await StopAsync();
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(To("postgres"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private string To(string database) => $"Host=127.0.0.1;Port={_port};Username=ci;Password={Password};Database={database};Include Error Detail=false;Maximum Pool Size=40";

    private Task<ToolResult> RunAsync(params string[] command) =>
        Tool.RunAsync(AsPostgres[0], [.. AsPostgres.Skip(1), .. command], new Dictionary<string, string> { ["HOME"] = _folder.Path }, _folder.Path);

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(To("postgres") + ";Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
