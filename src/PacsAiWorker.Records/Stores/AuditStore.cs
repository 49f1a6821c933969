using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;

namespace PacsAiWorker.Records.Stores;

/// <summary>Reading the record is itself a step (DICOM PS3.15 A.5: Audit Log Used).</summary>
public sealed class AuditStore(RecordsDatabase database)
{
    /// <param name="found">Entries that were shown.</param>
    public Task AskedAsync(AuditFilter filter, int found, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(
        transaction => AuditChain.AppendAsync(transaction, [new AuditEvent("audit read", "audit", null, Asked(filter, found), actor)], now, cancellation), cancellation);

    /// <summary>Rows leave as a file: written down before the first of them does.</summary>
    /// <param name="what">For example <c>scores</c>.</param>
    /// <param name="filter">Words of ours only, no text that somebody typed.</param>
    public Task ExportedAsync(string what, object filter, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(
        transaction => AuditChain.AppendAsync(transaction, [new AuditEvent("exported", what, null, filter, actor)], now, cancellation), cancellation);

    /// <summary>What was asked, without what somebody typed: a name that lands in the record stays there.</summary>
    private static object Asked(AuditFilter filter, int found) => new
    {
        filter.From,
        filter.To,
        filter.Action,
        filter.ModelId,
        filter.Site,
        filter.CallingAe,
        study = filter.StudyInstanceUid is { } uid && uid.All(c => char.IsAsciiDigit(c) || c == '.') ? uid : null,
        byActor = filter.Actor is not null,
        found,
    };
}
