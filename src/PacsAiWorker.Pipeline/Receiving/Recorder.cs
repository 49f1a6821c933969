using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>
/// Follows the log and writes the rows: many in one transaction, which also says how far it has come. After a start it goes on where the
/// rows end; a database that is away makes it wait, never the carts.
/// </summary>
public sealed class Recorder(
    SpoolLog spool, Journal journal, StorageHealth health, ArrivingStudies arriving, OutboxSignal outbox, TimeProvider clock, ILogger<Recorder> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>How long rows wait for company: a transaction costs much and a row little.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a study waits for a receiver that holds it and is not heard of, and how often that says that it is there.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SayHold = Hold / 3;

    private readonly byte[] _buffer = RecordReading.NewBuffer();
    private readonly BackThread _thread = new("spool reader");
    private Dictionary<Guid, long>? _recorded;
    private bool _letGoOfEarlier;
    private long _saidHold;

    public override void Dispose()
    {
        _thread.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                _recorded ??= await journal.MarksAsync(stoppingToken);
                var left = arriving.Left();
                var more = await FollowAsync(_recorded, stoppingToken);
                if (!more)
                {
                    await LetGoAsync(left, stoppingToken);
                }

                await HoldAsync(stoppingToken);
                if (health.RowsWait is { } trouble)
                {
                    PipelineLog.RowsFollowAgain(log, trouble.Since);
                    health.RowsWait = null;
                }

                if (!more)
                {
                    await spool.WaitAsync(Look, stoppingToken);
                    await Task.Delay(Gather, clock, stoppingToken);
                }
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                await TroubledAsync(error, stoppingToken);
            }
        }
    }

    /// <summary>Studies whose images all have their rows now are held no longer; nor are those of an earlier life, whose associations ended with it.</summary>
    private async Task LetGoAsync(IReadOnlyList<string> left, CancellationToken cancellation)
    {
        if (!_letGoOfEarlier)
        {
            await journal.ReleaseOthersAsync(arriving.All(), cancellation);
            _letGoOfEarlier = true;
        }

        if (arriving.Forget(left) is { Count: > 0 } complete)
        {
            await journal.ReleaseAsync(complete, cancellation);
        }
    }

    /// <summary>Says from time to time which studies are still arriving: they wait on.</summary>
    private async Task HoldAsync(CancellationToken cancellation)
    {
        if (clock.GetElapsedTime(_saidHold) >= SayHold)
        {
            _saidHold = clock.GetTimestamp();
            await journal.HoldAsync(arriving.All(), Hold, cancellation);
        }
    }

    /// <summary>One round over the segments; whether any had more than one group.</summary>
    private async Task<bool> FollowAsync(Dictionary<Guid, long> recorded, CancellationToken cancellation)
    {
        var more = false;
        foreach (var segment in spool.Segments())
        {
            var from = recorded.GetValueOrDefault(segment.Id);
            var known = segment.Durable is null ? Settle(segment, from) : segment;
            if (known is not null && known.Durable > Math.Max(from, RecordHead.Alignment))
            {
                more |= await FollowAsync(known, from, recorded, cancellation);
            }
        }

        return more;
    }

    /// <summary>A segment of an earlier life, put in order first; null when it cannot be read.</summary>
    private SegmentState? Settle(SegmentState segment, long recorded)
    {
        try
        {
            // Closed in order and followed to its end: nothing to look for.
            if (recorded == new FileInfo(segment.Path).Length)
            {
                return null;
            }

            var found = spool.Settle(segment);
            if (found.Torn.Count > 0 || found.Damaged.Count > 0)
            {
                PipelineLog.SegmentDamaged(log, segment.Id, found.Torn.Count, found.Damaged.Count);
            }

            PipelineLog.SegmentFound(log, segment.Id, found.Records);
            return segment with { Durable = found.End };
        }
        catch (InvalidDataException error)
        {
            health.Damaged(segment.Id, error.Message);
            return null;
        }
        catch (FileNotFoundException)
        {
            // Retention was faster.
            return null;
        }
    }

    private async Task<bool> FollowAsync(SegmentState segment, long from, Dictionary<Guid, long> recorded, CancellationToken cancellation)
    {
        // Carts before rows: what reads and digests the bytes gives way to what receives.
        var next = await _thread.RunAsync(() => RecordGroup.Read(segment, from, _buffer));
        if (next.End == from && next.Unreadable is null)
        {
            return false;
        }

        await CommitAsync(next.Instances, new SegmentMark(segment.Id, next.End), cancellation);
        if (next.Unreadable is { } unreadable)
        {
            // After what came before it, so that the mark never passes a record without a row.
            next = next with { End = unreadable.End };
            await SetAsideAsync(unreadable.Location, unreadable.Reason, new SegmentMark(segment.Id, next.End), cancellation);
        }

        recorded[segment.Id] = next.End;
        return next.End < segment.Durable;
    }

    private async Task CommitAsync(IReadOnlyList<ReceivedInstance> group, SegmentMark mark, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        KillPoint.At(KillPoints.RowsBegun);
        try
        {
            var verdicts = await journal.CommitAsync([.. group.Select(f => arriving.Contains(f.StudyInstanceUid) ? f with { Hold = Hold } : f)], [mark], IsThere, cancellation);
            KillPoint.At(KillPoints.RowsCommitted);
            PipelineMeters.CommitSeconds.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            outbox.Set();
            for (var i = 0; i < group.Count; i++)
            {
                var row = group[i].Instance;
                PipelineMeters.Recorded.Add(1, PipelineMeters.Tag("verdict", verdicts[i].ToString()));
                PipelineLog.InstanceKept(log, row.Id, row.CallingAe, verdicts[i].ToString(), row.DataSetBytes);
            }
        }
        catch (JournalRefusedException error) when (group.Count == 1)
        {
            await SetAsideAsync(group[0].Instance.File, error.Message, mark, cancellation);
        }
        catch (JournalRefusedException)
        {
            // One row must not take its neighbours down.
            foreach (var one in group)
            {
                var end = SpoolLocation.Parse(one.Instance.File);
                await CommitAsync([one], new SegmentMark(mark.Segment, RecordHead.Align(end.Offset + end.Length)), cancellation);
            }
        }
    }

    private bool IsThere(string file) => SpoolLocation.TryParse(file, out var location) && File.Exists(spool.PathOf(location.Segment));

    private async Task SetAsideAsync(string location, string reason, SegmentMark mark, CancellationToken cancellation)
    {
        PipelineLog.RecordSetAside(log, location, reason);
        await journal.SetAsideAsync(location, reason, mark, cancellation);
    }

    private async Task TroubledAsync(Exception error, CancellationToken cancellation)
    {
        if (health.RowsWait is null)
        {
            health.RowsWait = new RowsWait(clock.GetUtcNow().UtcDateTime, error.GetType().Name);
            PipelineLog.RowsWait(log, error.GetType().Name, error.Message);
        }

        try
        {
            await Task.Delay(Look, clock, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the rows follow after the next start.
        }
    }
}
