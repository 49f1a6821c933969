using System.Data.Common;
using Microsoft.Extensions.Hosting;
using PacsAiWorker.Configuration;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Health;

/// <summary>
/// First to start: the embedded database is migrated, any other must fit already. Leases of our own last life are returned. A receiver
/// whose database is away starts nonetheless, and nothing is written until the schema was looked at.
/// </summary>
public sealed class SchemaGate(
    RecordsDatabase database, WorkTable work, WorkerIdentity identity, WorkerOptions options, IHostApplicationLifetime lifetime, ILogger<SchemaGate> log)
    : IHostedService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly SchemaMigrator _migrator = new(database);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!database.Options.IsPostgres)
        {
            await _migrator.MigrateAsync(cancellationToken);
            await work.ReleaseOwnAsync(identity.Name, cancellationToken);
            return;
        }

        try
        {
            await _migrator.RequireCurrentAsync(cancellationToken);
        }
        catch (Exception error) when (IsAway(error) && WorkerRoles.Parse(options.Roles).Contains(WorkerRoles.Receive))
        {
            HostLog.DatabaseAwayAtStart(log, error.GetBaseException().Message);
            database.Hold("the database's schema was not looked at yet");
            _ = WaitAsync(lifetime.ApplicationStopping);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WaitAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await _migrator.RequireCurrentAsync(stopping);
                database.Release();
                return;
            }
            catch (SchemaException error)
            {
                // A person has to act: receiving goes on, and nothing is written meanwhile.
                HostLog.SchemaDoesNotFit(log, error.Message);
                database.Hold(error.Message);
            }
            catch (Exception error) when (IsAway(error))
            {
                // Still away.
            }

            await Task.Delay(Again, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool IsAway(Exception error) => error is DbException or InvalidOperationException or TimeoutException or IOException;
}
