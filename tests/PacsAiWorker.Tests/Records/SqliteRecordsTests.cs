using Microsoft.Data.Sqlite;
using PacsAiWorker.Records;
using PacsAiWorker.Testing.Records;

namespace PacsAiWorker.Tests.Records;

internal static class SqliteFile
{
    public static Task<RecordsOptions> NewAsync() =>
        Task.FromResult(new RecordsOptions(RecordsOptions.Sqlite, $"Data Source={Path.Combine(Directory.CreateTempSubdirectory("pacsai-").FullName, "records.db")}"));

    public static Task RemoveAsync(RecordsDatabase database)
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(Path.GetDirectoryName(new SqliteConnectionStringBuilder(database.Options.ConnectionString).DataSource)!, recursive: true);
        return Task.CompletedTask;
    }
}

public sealed class WorkTableTests : WorkTableContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}

public sealed class JournalTests : JournalContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    protected override string DropUpdateTrigger => "DROP TRIGGER audit_entry_no_update";

    protected override string DropDeleteTrigger => "DROP TRIGGER audit_entry_no_delete";

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}

public sealed class RetentionStoreTests : RetentionContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}

public sealed class DefectQueryTests : DefectContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}

public sealed class SchemaTests : SchemaContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}

public sealed class DeskQueryTests : DeskContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}

public sealed class AbsenceQueryTests : AbsenceContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}

public sealed class OverrideStoreTests : OverrideContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}

public sealed class RecallStoreTests : RecallContract
{
    protected override Task<RecordsOptions> CreateEmptyAsync() => SqliteFile.NewAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await SqliteFile.RemoveAsync(Database);
    }
}
