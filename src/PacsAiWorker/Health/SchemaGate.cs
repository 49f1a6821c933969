using Microsoft.Extensions.Hosting;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Health;

/// <summary>First to start: the embedded database is migrated, any other must fit already. Leases of our own last life are returned.</summary>
public sealed class SchemaGate(RecordsDatabase database, WorkTable work, WorkerIdentity identity) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var migrator = new SchemaMigrator(database);
        if (database.Options.IsPostgres)
        {
            await migrator.RequireCurrentAsync(cancellationToken);
            return;
        }

        await migrator.MigrateAsync(cancellationToken);
        await work.ReleaseOwnAsync(identity.Name, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
