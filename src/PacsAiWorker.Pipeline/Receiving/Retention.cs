using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Drops segments that are old enough and that nothing needs any more. Rows say so first, then the file goes: either may be cut off and is done at the next run.</summary>
public sealed class Retention(SpoolLog spool, RetentionStore store, SpoolOptions options, StorageHealth health, TimeProvider clock, ILogger<Retention> log) : BackgroundService
{
    /// <summary>A start has better things to do.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Retention.Days == 0)
        {
            return;
        }

        for (var wait = First; ; wait = Every)
        {
            await Task.Delay(wait, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                PipelineLog.RetentionFailed(log, error.GetType().Name, error.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>One round; gives how many segments went. After a failed sync nothing is deleted: what a person must look at is not made less.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var (days, now) = (options.Retention.Days, clock.GetUtcNow().UtcDateTime);
        if (days == 0 || health.Fault is not null)
        {
            return 0;
        }

        var dropped = 0;
        spool.CloseIdle();
        var looks = await SpoolSurvey.RunAsync(spool.Segments(), store, days, now, cancellation);
        foreach (var segment in looks.Where(s => s.Hold == SegmentHold.None))
        {
            if (await store.PurgeAsync(segment.Id, s => RetentionDecider.MayGo(s, days, now), now, cancellation) && Drop(segment))
            {
                await store.ForgetAsync(segment.Id, segment.Bytes, now, cancellation);
                dropped++;
            }
        }

        await ForgetGoneAsync(now, cancellation);
        return dropped;
    }

    private bool Drop(SegmentLook segment)
    {
        try
        {
            spool.Drop(segment.Id);
            PipelineLog.SegmentDropped(log, segment.Id, segment.Bytes, options.Retention.Days);
            return true;
        }
        catch (InvalidOperationException)
        {
            // A lane still has it open: it goes when it is full, or after the next start.
            return false;
        }
        catch (IOException error)
        {
            PipelineLog.SegmentNotDropped(log, segment.Id, IoWords.Of(error));
            return false;
        }
    }

    /// <summary>A crash after the file went and before that was written down. Where rows still count on the bytes the disk has lost them: that is not ours to hide.</summary>
    private async Task ForgetGoneAsync(DateTime now, CancellationToken cancellation)
    {
        foreach (var id in (await store.MarksAsync(cancellation)).Keys.Where(id => !File.Exists(spool.PathOf(id))))
        {
            if ((await store.StandingsAsync(id, cancellation)).Count == 0)
            {
                await store.ForgetAsync(id, 0, now, cancellation);
            }
        }
    }
}
