using PacsAiWorker.EndToEnd.Servers;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>The real program as a child process.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Child _child;
    private readonly HttpClient _http;

    private WorkerProcess(Child child, int adminPort)
    {
        _child = child;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{adminPort}/") };
    }

    /// <summary>What <c>eng/build</c> left where <c>eng/test</c> runs the tests; otherwise the one beside them, built with them.</summary>
    public static string Program => Path.Combine(Environment.GetEnvironmentVariable("PACSAI_APP") ?? AppContext.BaseDirectory, "pacs-ai-worker");

    public int Id => _child.Id;

    public string Log => _child.Log;

    public bool HasExited => _child.HasExited;

    public int ExitCode => _child.ExitCode;

    /// <param name="roles">Null for those of the configuration, usually all.</param>
    /// <param name="environment">Variables beside those of the test itself.</param>
    public static WorkerProcess Launch(string configFile, int adminPort, string folder, string? roles = null, IReadOnlyDictionary<string, string>? environment = null) => new(
        Child.Start(Program, ["run", "--config", configFile, .. roles is null ? Array.Empty<string>() : ["--roles", roles]],
            Variables(adminPort, roles, environment), folder), adminPort);

    /// <summary>A process beside the one of the configuration has ports of its own.</summary>
    private static Dictionary<string, string> Variables(int adminPort, string? roles, IReadOnlyDictionary<string, string>? more)
    {
        var all = new Dictionary<string, string>(more ?? new Dictionary<string, string>()) { ["Admin__Urls"] = $"http://127.0.0.1:{adminPort}" };
        if (roles is not null)
        {
            all["Web__Urls"] = "http://127.0.0.1:0";
        }

        return all;
    }

    public Task WaitUntilStartedAsync() => Until.HoldsAsync("the worker has started", async () =>
        _child.HasExited ? throw new InvalidOperationException($"The worker ended with {_child.ExitCode}:\n{Log}") : (await GetAsync("health/started")).Status == 200, () => Task.FromResult(Log));

    public Task WaitUntilReadyAsync() => Until.HoldsAsync("the worker is ready", async () => (await GetAsync("health/ready")).Status == 200, async () => $"{(await GetAsync("health/ready")).Text}\n{Log}");

    /// <summary>Status 0 when nobody listens.</summary>
    public async Task<(int Status, string Text)> GetAsync(string path)
    {
        try
        {
            using var response = await _http.GetAsync(path);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return (0, "");
        }
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await _child.StopAsync();
        return _child.ExitCode;
    }

    /// <summary>Until it ends by itself.</summary>
    /// <exception cref="OperationCanceledException">It stays.</exception>
    public Task WaitForExitAsync() => _child.WaitForExitAsync();

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _child.KillAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _child.DisposeAsync();
    }
}
