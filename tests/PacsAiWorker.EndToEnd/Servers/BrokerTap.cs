using System.Collections.Concurrent;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace PacsAiWorker.EndToEnd.Servers;

/// <summary>Listens to every message that is published on a virtual host (RabbitMQ's firehose).</summary>
internal sealed class BrokerTap : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _bodies = new();
    private readonly IConnection _connection;

    private BrokerTap(IConnection connection) => _connection = connection;

    public IReadOnlyCollection<string> Bodies => [.. _bodies];

    public static async Task<BrokerTap> OpenAsync(RabbitMqServer broker, string host, string uri)
    {
        (await broker.ControlAsync("trace_on", "-p", host)).Succeeded();
        var tap = new BrokerTap(await new ConnectionFactory { Uri = new Uri(uri) }.CreateConnectionAsync());
        var channel = await tap._connection.CreateChannelAsync();

        // Exclusive: gone with the connection.
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true);
        await channel.QueueBindAsync(queue.QueueName, "amq.rabbitmq.trace", "publish.#");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            tap._bodies.Enqueue(Encoding.UTF8.GetString(message.Body.Span));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
        return tap;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
