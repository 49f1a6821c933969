using PacsAiWorker.Records;

namespace PacsAiWorker.Testing.Records;

/// <summary>Where the contracts of the records get their databases.</summary>
public interface IEmptyDatabases
{
    /// <summary>A new one without tables.</summary>
    Task<RecordsOptions> NewAsync();

    /// <summary>The same database with the login of the desk.</summary>
    Task<RecordsOptions> AsDeskAsync(RecordsDatabase migrated) => Task.FromResult(migrated.Options);

    /// <summary>Nobody uses it any more.</summary>
    Task LeaveAsync(RecordsDatabase database);
}
