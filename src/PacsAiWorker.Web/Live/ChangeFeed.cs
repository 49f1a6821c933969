using System.Collections.Concurrent;
using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;

namespace PacsAiWorker.Web.Live;

/// <summary>
/// Tells every open page that something happened. One look at the end of the record serves them all, however many they are; a page that is slow
/// misses steps in between, never the last. Where the record cannot be looked at, the pages are let go, so that they say so.
/// </summary>
internal sealed class ChangeFeed(RecordsDatabase database, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>At least so often a page hears something: what is off shows by time, not by entries.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Channel<long>, bool> _pages = new();

    /// <summary>The number of the last entry once somebody has looked, then each time it has grown or a while has passed, until the page is closed.</summary>
    public async IAsyncEnumerable<long> FollowAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<long>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        _pages[channel] = false;
        try
        {
            await foreach (var number in channel.Reader.ReadAllAsync(cancellation))
            {
                yield return number;
            }
        }
        finally
        {
            _pages.TryRemove(channel, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (last, told) = (0L, clock.GetTimestamp());
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!_pages.IsEmpty)
                {
                    var now = await AuditQuery.LastAsync(database, stoppingToken);
                    var all = now != last || clock.GetElapsedTime(told) > Tick;
                    (last, told) = (now, all ? clock.GetTimestamp() : told);
                    Tell(now, all);
                }
            }
            catch (Exception error) when (error is DbException or InvalidOperationException or TimeoutException)
            {
                foreach (var page in _pages.Keys)
                {
                    page.Writer.TryComplete();
                }
            }

            await Task.Delay(Look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A page that has just been opened hears of it at once, the others when there is something to hear.</summary>
    private void Tell(long number, bool all)
    {
        foreach (var (page, hasHeard) in _pages)
        {
            if (all || !hasHeard)
            {
                _pages.TryUpdate(page, true, false);
                page.Writer.TryWrite(number);
            }
        }
    }
}
