using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>The loop with the room's own handler, three destinations and a backlog for each.</summary>
public sealed class LaneTests : IDisposable
{
    private const int Reports = 12;

    private readonly ScriptedPacs _hangs = new();
    private readonly ScriptedPacs _well = new();
    private readonly ScriptedPacs _away = new();
    private readonly ManualResetEventSlim _hang = new();

    public void Dispose()
    {
        _hang.Set();
        _hangs.Dispose();
        _well.Dispose();
        _away.Dispose();
        _hang.Dispose();
    }

    [Fact]
    public async Task While_one_PACS_hangs_and_another_is_away_the_third_gets_every_report()
    {
        _away.Dispose();
        _hangs.OnStore = _ =>
        {
            _hang.Wait(TimeSpan.FromMinutes(1));
            return 0;
        };
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_hangs.Port, "hangs"), DeliveryBench.To(_away.Port, "away"), DeliveryBench.To(_well.Port, "well"));
        await bench.QueueAsync();
        await MultiplyAsync(bench);
        using var signal = new OutboxSignal();
        using var loop = new WorkLoop(
            bench.Deliver, bench.Table, bench.Database, new WakeUps(), signal, WorkerIdentity.Embedded, new WorkOptions(), new MessagingOptions(), TimeProvider.System, NullLogger<WorkLoop>.Instance);
        await loop.StartAsync(default);
        try
        {
            while (_well.Stored.Count < Reports || await CountAsync(bench, "well", DeliveryStates.Stored) < Reports)
            {
                Assert.True(_hangs.Stored.Count <= 2, "more than its own associations are busy with the PACS that hangs");
                await signal.WaitAsync(TimeSpan.FromSeconds(1), default);
            }

            Assert.Equal((0, 0), (await CountAsync(bench, "hangs", DeliveryStates.Stored), await CountAsync(bench, "away", DeliveryStates.Stored)));
            await using var context = bench.Database.Open();
            Assert.True(await context.DeliveryAttempts.CountAsync(a => a.Delivery!.Destination == "away") <= 2, "a PACS that is away rests");
        }
        finally
        {
            _hang.Set();
            await loop.StopAsync(default);
        }
    }

    /// <summary>More results with a report each: as many deliveries to each destination.</summary>
    private static Task MultiplyAsync(DeliveryBench bench) => bench.Database.WriteAsync(async t =>
    {
        var first = await t.Context.Reports.AsNoTracking().Include(r => r.Result).SingleAsync();
        for (var i = 2; i <= Reports; i++)
        {
            var result = await t.Context.Results.AsNoTracking().SingleAsync(r => r.Id == first.ResultId);
            (result.Id, result.Revision) = (Guid.CreateVersion7(), i);
            t.Context.Results.Add(result);
            var report = new ReportRow
            {
                Id = Guid.CreateVersion7(),
                ResultId = result.Id,
                SopClassUid = first.SopClassUid,
                SopInstanceUid = $"2.25.{i}",
                SeriesInstanceUid = first.SeriesInstanceUid,
                Content = first.Content,
                Sha256 = first.Sha256,
                CreatedAt = first.CreatedAt,
            };
            await t.Context.SaveChangesAsync();
            await new PacsAiWorker.Records.Stores.ReportStore(bench.Database, bench.Table).WriteAsync(t, report, [.. bench.Destinations.All.Select(d => d.Name)], 2, default);
        }
    }, default);

    private static async Task<int> CountAsync(DeliveryBench bench, string destination, string state)
    {
        await using var context = bench.Database.Open();
        return await context.Deliveries.CountAsync(d => d.Destination == destination && d.State == state);
    }
}
