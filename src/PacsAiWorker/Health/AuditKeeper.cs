using System.Data.Common;
using PacsAiWorker.Configuration;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;

namespace PacsAiWorker.Health;

/// <summary>
/// Publishes the end of the record's chain outside the database, and looks whether what was published before still fits it: a row each time, the
/// whole chain once a day.
/// </summary>
public sealed class AuditKeeper(WorkerOptions options, RecordsDatabase database, PublishedHeads heads, TimeProvider clock, ILogger<AuditKeeper> log) : BackgroundService
{
    // The first walk comes an hour after the start: a worker that starts every night walks too.
    private DateTime _walked = clock.GetUtcNow().UtcDateTime - TimeSpan.FromHours(options.Audit.VerifyHours - 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await PublishAsync(stoppingToken);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or DbException or InvalidOperationException or TimeoutException)
            {
                HostLog.AuditNotPublished(log, heads.Path, error.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMinutes(options.Audit.PublishMinutes), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One look, and one line where the record has grown.</summary>
    internal async Task PublishAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var published = heads.Read();
        if (published is [.., var last] && !await AuditChain.HoldsAsync(database, last, cancellation))
        {
            HostLog.AuditBroken(log, last.Seq);
            return;
        }

        if (options.Audit.VerifyHours > 0 && now - _walked >= TimeSpan.FromHours(options.Audit.VerifyHours))
        {
            _walked = now;
            if (await AuditChain.FirstBrokenAsync(database, published, cancellation) is { } broken)
            {
                HostLog.AuditBroken(log, broken);
                return;
            }
        }

        var head = await AuditChain.HeadAsync(database, cancellation);
        if (published is not [.., var same] || same.Seq != head.Seq)
        {
            await heads.AppendAsync(head, now, cancellation);
            HostLog.AuditHead(log, head.Seq, head.Hash);
        }
    }
}
