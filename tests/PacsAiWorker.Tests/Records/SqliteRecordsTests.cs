using PacsAiWorker.Records;
using PacsAiWorker.Testing.Records;

namespace PacsAiWorker.Tests.Records;

internal sealed class SqliteFiles : IEmptyDatabases
{
    public static SqliteFiles All { get; } = new();

    public Task<RecordsOptions> NewAsync() => SqliteFile.NewAsync();

    public Task LeaveAsync(RecordsDatabase database) => SqliteFile.RemoveAsync(database);
}

public sealed class WorkTableTests() : WorkTableContract(SqliteFiles.All);

public sealed class JournalTests() : JournalContract(SqliteFiles.All)
{
    protected override string DropUpdateTrigger => "DROP TRIGGER audit_entry_no_update";

    protected override string DropDeleteTrigger => "DROP TRIGGER audit_entry_no_delete";
}

public sealed class RetentionStoreTests() : RetentionContract(SqliteFiles.All);

public sealed class DefectQueryTests() : DefectContract(SqliteFiles.All);

public sealed class SchemaTests() : SchemaContract(SqliteFiles.All);

public sealed class DeskQueryTests() : DeskContract(SqliteFiles.All);

public sealed class AbsenceQueryTests() : AbsenceContract(SqliteFiles.All);

public sealed class OverrideStoreTests() : OverrideContract(SqliteFiles.All);

public sealed class RecallStoreTests() : RecallContract(SqliteFiles.All);
