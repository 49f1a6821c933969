namespace PacsAiWorker.EndToEnd.Line;

/// <summary>The two ways to run the worker.</summary>
public enum Road
{
    /// <summary>SQLite and the in-process bus.</summary>
    Embedded,

    /// <summary>PostgreSQL and RabbitMQ.</summary>
    Distributed,
}
