using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>Who the patient is changes while a report under the earlier identity is on its way.</summary>
public sealed class ReconciledDeliveryTests : IDisposable
{
    private readonly ScriptedPacs _pacs = new();

    public void Dispose() => _pacs.Dispose();

    [Fact]
    public async Task A_report_that_waits_for_a_PACS_goes_out_no_more()
    {
        _pacs.Answer = 0xA700;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        Assert.IsType<WorkVerdict.Retry>(await bench.RunAsync(bench.Deliver));
        Assert.Single((await ReconcileAsync(bench)).Withheld);

        _pacs.Answer = 0;
        bench.Restart();
        await bench.DueAsync();
        Assert.Null(await bench.RunAsync(bench.Deliver));
        Assert.Single(_pacs.Stored);
        Assert.Equal((DeliveryStates.Withheld, DeliveryStore.Superseded), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).Detail));
        Assert.Equal(WorkStates.Cancelled, (await bench.WorkAsync(WorkKinds.Deliver)).State);
    }

    [Fact]
    public async Task A_report_that_a_PACS_refused_is_not_sent_by_a_retry()
    {
        _pacs.Answer = 0xA900;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        Assert.IsType<WorkVerdict.Park>(await bench.RunAsync(bench.Deliver));
        await ReconcileAsync(bench);
        Assert.Equal(0, await new WorkDesk(bench.Database, bench.Clock).RetryAsync(null, WorkKinds.Deliver, null, "me", default));
        Assert.Equal(DeliveryStates.Withheld, (await bench.DeliveryAsync()).State);
    }

    [Fact]
    public async Task A_delivery_that_has_begun_looks_again_right_before_it_sends()
    {
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        var told = 0;
        _pacs.Accepts = (_, _) =>
        {
            if (Interlocked.Exchange(ref told, 1) == 0)
            {
                ReconcileAsync(bench).GetAwaiter().GetResult();
            }

            return true;
        };
        await Assert.ThrowsAsync<LeaseLostException>(() => bench.RunAsync(bench.Deliver));
        Assert.Equal(1, told);
        Assert.Empty(_pacs.Stored);
        Assert.Equal(DeliveryStates.Withheld, (await bench.DeliveryAsync()).State);
    }

    [Fact]
    public async Task A_report_that_was_written_without_a_destination_is_withheld_when_one_comes_and_another_takes_its_place()
    {
        await using var bench = await DeliveryBench.StartAsync();
        await bench.QueueAsync();
        await ReconcileAsync(bench);
        await bench.Database.WriteAsync(t => t.Context.Studies.ExecuteUpdateAsync(s => s.SetProperty(r => r.Revision, 2)), default);
        Assert.Equal(0, await new ReportStore(bench.Database, bench.Table).QueueWaitingAsync(["pacs"], bench.Clock.Now.UtcDateTime, default));
        Assert.Equal(DeliveryStates.Withheld, (await bench.DeliveryAsync()).State);
        Assert.Equal(["delivery withheld"], await bench.AuditAsync());
    }

    internal static Task<ReconciledOutcome> ReconcileAsync(DeliveryBench bench) => bench.Database.WriteAsync(
        t => new InboundStore(bench.Table).ReconcileAsync(
            t, new ReconciledIdentityRow { StudyId = Rows.Study().Id, PatientId = "PID-9", Source = "ADT^A40", At = Rows.Time }, TimeSpan.FromHours(1), default), default);
}
