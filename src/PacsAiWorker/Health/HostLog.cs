namespace PacsAiWorker.Health;

/// <summary>Everything the host itself says.</summary>
internal static partial class HostLog
{
    [LoggerMessage(2001, LogLevel.Warning, "The database is away at the start: {Message}. Instances are received; nothing else happens until it is back")]
    public static partial void DatabaseAwayAtStart(ILogger log, string message);

    [LoggerMessage(2002, LogLevel.Critical, "{Message} Instances are received; nothing else happens until then")]
    public static partial void SchemaDoesNotFit(ILogger log, string message);
}
