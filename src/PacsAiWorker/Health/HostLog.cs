namespace PacsAiWorker.Health;

/// <summary>Everything the host itself says.</summary>
internal static partial class HostLog
{
    [LoggerMessage(2001, LogLevel.Warning, "The database is away at the start: {Message}. Instances are received; nothing else happens until it is back")]
    public static partial void DatabaseAwayAtStart(ILogger log, string message);

    [LoggerMessage(2002, LogLevel.Critical, "{Message} Instances are received; nothing else happens until then")]
    public static partial void SchemaDoesNotFit(ILogger log, string message);

    [LoggerMessage(2003, LogLevel.Warning, "What was left out or is absent was not counted: {Error}: {Message}. Tried again")]
    public static partial void InvariantsNotCounted(ILogger log, string error, string message);

    [LoggerMessage(2007, LogLevel.Warning, "What this worker finds of itself was not written down: {Error}: {Message}. Tried again")]
    public static partial void FactsNotWritten(ILogger log, string error, string message);

    [LoggerMessage(2004, LogLevel.Information, "The record ends with entry {Seq}, {Hash}")]
    public static partial void AuditHead(ILogger log, long seq, string hash);

    [LoggerMessage(2005, LogLevel.Critical, "The record was changed: entry {Seq} does not fit what was written or published before. Keep the database as it is and compare it with its backup; audit verify says more")]
    public static partial void AuditBroken(ILogger log, long seq);

    [LoggerMessage(2006, LogLevel.Warning, "The end of the record could not be published to {File}: {Message}")]
    public static partial void AuditNotPublished(ILogger log, string file, string message);
}
