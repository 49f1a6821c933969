using PacsAiWorker.Records;

namespace PacsAiWorker.Testing.Records;

/// <summary>Where the contracts of the records get their databases.</summary>
public interface IEmptyDatabases
{
    /// <summary>A new one without tables.</summary>
    Task<RecordsOptions> NewAsync();

    /// <summary>Nobody uses it any more.</summary>
    Task LeaveAsync(RecordsDatabase database);
}
