using Microsoft.Data.Sqlite;
using PacsAiWorker.Records;

namespace PacsAiWorker.Tests.Records;

/// <summary>A database of its own for one test.</summary>
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
