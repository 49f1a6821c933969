using Xunit;

namespace PacsAiWorker.EndToEnd.Servers;

/// <summary>Servers that start once a lane, when its first test asks, and stop at its end.</summary>
public sealed class TestServers : IAsyncLifetime
{
    private RabbitMqServer? _rabbitMq;
    private PostgresServer? _postgres;

    internal async Task<RabbitMqServer> RabbitMqAsync() => _rabbitMq ??= await RabbitMqServer.StartAsync();

    internal async Task<PostgresServer> PostgresAsync() => _postgres ??= await PostgresServer.StartAsync();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_rabbitMq is not null)
        {
            await _rabbitMq.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }
}
