namespace PacsAiWorker.EndToEnd.Servers;

/// <summary>RabbitMQ without systemd, with an epmd of its own, all on loopback. A virtual host for each test.</summary>
internal sealed class RabbitMqServer : IAsyncDisposable
{
    private const string Package = "rabbitmq-server";
    private const string Node = "ci@localhost";
    private const string Bin = "/usr/lib/rabbitmq/bin";

    private readonly TempFolder _folder = new("rabbitmq");
    private readonly int _port = Ports.Free();
    private readonly Dictionary<string, string> _environment;
    private Child? _epmd;
    private Child? _server;

    private RabbitMqServer()
    {
        var epmdPort = Ports.Free();
        _environment = new Dictionary<string, string>
        {
            // The cookie lies in HOME.
            ["HOME"] = _folder.Folder("home"),
            ["RABBITMQ_NODENAME"] = Node,
            ["RABBITMQ_NODE_PORT"] = $"{_port}",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_DIST_PORT"] = $"{Ports.Free()}",
            ["ERL_EPMD_PORT"] = $"{epmdPort}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_MNESIA_BASE"] = _folder.Folder("mnesia"),
            ["RABBITMQ_LOG_BASE"] = _folder.Folder("log"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder.Folder("etc"), "rabbitmq.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder.Folder("etc"), "enabled_plugins"),
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_USE_LONGNAME"] = "false",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
        };
        File.SetUnixFileMode(_environment["HOME"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(_environment["RABBITMQ_ENABLED_PLUGINS_FILE"], "[].\n");
        File.WriteAllText(_environment["RABBITMQ_CONFIG_FILE"], "disk_free_limit.absolute = 50MB\n");
    }

    public static async Task<RabbitMqServer> StartAsync()
    {
        Tool.Find($"{Bin}/rabbitmq-server", Package);
        var server = new RabbitMqServer();

        // Ours, in the foreground: otherwise Erlang leaves one behind.
        server._epmd = Child.Start(Tool.Find("/usr/bin/epmd", "erlang-base"), ["-port", server._environment["ERL_EPMD_PORT"], "-address", "127.0.0.1"], server._environment);
        await Until.HoldsAsync("epmd answers", () => Ports.AnswersAsync(int.Parse(server._environment["ERL_EPMD_PORT"], null)));
        await server.StartNodeAsync();
        return server;
    }

    /// <summary>A virtual host of its own, and the address for it.</summary>
    public async Task<(string Host, string Uri)> NewHostAsync()
    {
        var host = $"t{Guid.NewGuid():N}";
        await MakeHostAsync(host);
        return (host, $"amqp://guest:guest@127.0.0.1:{_port}/{host}");
    }

    /// <summary>Stops the process without its knowing (SIGSTOP): connections stay and nothing answers any more.</summary>
    public Task HangAsync() => SignalAsync("STOP");

    public Task WakeAsync() => SignalAsync("CONT");

    /// <summary>Stops, loses all that it kept, and starts empty; a person makes the virtual host again.</summary>
    public async Task WipeAsync(string host)
    {
        await StopNodeAsync();
        Directory.Delete(_environment["RABBITMQ_MNESIA_BASE"], recursive: true);
        Directory.CreateDirectory(_environment["RABBITMQ_MNESIA_BASE"]);
        await StartNodeAsync();
        await MakeHostAsync(host);
    }

    public Task<ToolResult> ControlAsync(params string[] arguments) => Tool.RunAsync($"{Bin}/rabbitmqctl", ["-q", "-n", Node, .. arguments], _environment);

    /// <summary>One array a queue, in the order of <paramref name="columns"/>.</summary>
    public async Task<IReadOnlyList<string[]>> QueuesAsync(string host, params string[] columns) =>
    [
        .. (await ControlAsync(["list_queues", "-p", host, "--no-table-headers", .. columns])).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')),
    ];

    public async ValueTask DisposeAsync()
    {
        await StopNodeAsync();
        if (_epmd is not null)
        {
            await _epmd.DisposeAsync();
        }

        _folder.Dispose();
    }

    // The script's child is Erlang itself; its id stands in the file.
    private string PidFile => Path.Combine(_environment["RABBITMQ_MNESIA_BASE"], $"{Node}.pid");

    private async Task StartNodeAsync()
    {
        _server = Child.Start($"{Bin}/rabbitmq-server", [], _environment);
        await Until.HoldsAsync("RabbitMQ answers", () => _server.HasExited ? throw new InvalidOperationException(_server.Log) : Ports.AnswersAsync(_port), () => Task.FromResult(_server.Log));
        await Until.HoldsAsync("RabbitMQ has started", async () => (await ControlAsync("await_startup")).ExitCode == 0, () => Task.FromResult(_server.Log));
    }

    private async Task StopNodeAsync()
    {
        if (_server is { HasExited: false })
        {
            await ControlAsync("stop", PidFile);
            await _server.DisposeAsync();
        }
    }

    private async Task MakeHostAsync(string host)
    {
        (await ControlAsync("add_vhost", host)).Succeeded();
        (await ControlAsync("set_permissions", "-p", host, "guest", ".*", ".*", ".*")).Succeeded();
    }

    private async Task SignalAsync(string name) => (await Tool.RunAsync("/bin/kill", [$"-{name}", (await File.ReadAllTextAsync(PidFile)).Trim()])).Succeeded();
}
