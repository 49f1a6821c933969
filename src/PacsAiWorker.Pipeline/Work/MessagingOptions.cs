namespace PacsAiWorker.Pipeline.Work;

/// <summary>Section <c>Messaging</c>: what carries wake-ups.</summary>
public sealed record MessagingOptions
{
    public const string InProcess = "inprocess";
    public const string RabbitMq = "rabbitmq";

    /// <summary><c>inprocess</c>, or <c>rabbitmq</c> for several processes.</summary>
    public string Transport { get; init; } = InProcess;

    /// <summary><c>amqp://user:password@host:port/vhost</c>, or <c>amqps://…</c>; only with rabbitmq.</summary>
    public string Uri { get; init; } = "";

    /// <summary>Replicas of each quorum queue: 1 on a single node, 3 on a cluster.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Deliveries of one wake-up before it goes to the dead-letter queue.</summary>
    public int DeliveryLimit { get; init; } = 5;

    public bool IsRabbitMq => Transport == RabbitMq;
}
