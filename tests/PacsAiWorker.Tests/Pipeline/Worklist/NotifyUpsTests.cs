using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

/// <summary>Work items beside messages, under one rule.</summary>
public sealed class NotifyUpsTests : NotifyBench
{
    [Fact]
    public async Task A_rise_makes_a_work_item_too_and_a_higher_one_raises_the_same_item_that_nobody_has_begun()
    {
        await using var ups = new ScriptedUps();
        var (handler, work) = await RaisedAsync(ups);
        await handler.HandleAsync(work, default);
        var item = await UpsWorkAsync(Priorities.High);
        ups.Answer = _ => DimseStatus.ProcessingFailure;
        await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(item, default)).Effect!);
        ups.Answer = _ => DimseStatus.DuplicateInstance;
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(item, default)).Effect);
        var created = ups.Received.ToList();
        Assert.All(created, c => Assert.Equal((CommandField.NCreateRq, SopClasses.UnifiedProcedureStepPush), (c.Field, c.AffectedSopClassUid)));
        var uid = Assert.Single(created.Select(c => c.AffectedSopInstanceUid).Distinct());

        await OtherAsync(Priorities.Critical);
        await Database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Critical, default);
        ups.Answer = _ => DimseStatus.Success;
        work.DedupeKey = $"{Study.Id}:{Priorities.Critical}";
        await handler.HandleAsync(work, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(await UpsWorkAsync(Priorities.Critical), default)).Effect);
        var set = ups.Received.Last();
        Assert.Equal((CommandField.NSetRq, uid), (set.Field, set.RequestedSopInstanceUid));
        await using var context = Database.Open();
        Assert.Equal(2, await context.Notices.CountAsync(n => n.Channel == NoticeChannels.Ups && n.State == NoticeStates.Acknowledged));
    }

    [Fact]
    public async Task A_work_item_that_somebody_has_begun_is_not_touched_and_the_reason_stands_on_the_study()
    {
        await using var ups = new ScriptedUps();
        var (handler, work) = await RaisedAsync(ups);
        await handler.HandleAsync(work, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(await UpsWorkAsync(Priorities.High), default)).Effect);
        ups.Answer = _ => 0xC301;
        await OtherAsync(Priorities.Critical);
        await Database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Critical, default);
        work.DedupeKey = $"{Study.Id}:{Priorities.Critical}";
        await handler.HandleAsync(work, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(await UpsWorkAsync(Priorities.Critical), default)).Effect);
        await using var context = Database.Open();
        var notice = await context.Notices.SingleAsync(n => n.Channel == NoticeChannels.Ups && n.Priority == Priorities.Critical);
        Assert.Equal((NoticeStates.Silent, SilenceCodes.Taken), (notice.State, notice.ReasonCode));
        Assert.StartsWith("Not told:", notice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_work_item_waits_for_no_answer_of_the_other_receiver_and_obeys_the_same_rule()
    {
        await using var ups = new ScriptedUps();
        var (handler, work) = await RaisedAsync(ups);
        Ris.Script = (_, _) => Task.FromResult(false);
        Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default));
        await SuspendAsync();
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(await UpsWorkAsync(Priorities.High), default)).Effect);
        Assert.Empty(ups.Received);
        await using var context = Database.Open();
        Assert.Equal(SilenceCodes.Suspended, (await context.Notices.SingleAsync(n => n.Channel == NoticeChannels.Ups)).ReasonCode);
    }

    private async Task<(NotifyHandler Handler, WorkRow Work)> RaisedAsync(ScriptedUps ups)
    {
        Others.Add(new UpsChannel(new UpsOptions { Enabled = true, AeTitle = "UPS", Host = "127.0.0.1", Port = ups.Port, RaiseOnly = true }, new Hl7Options(), "PACSAI", TimeZoneInfo.Utc, TimeProvider.System, new KeptLog<UpsChannel>()));
        return await RaisedAsync();
    }

    private async Task<WorkRow> UpsWorkAsync(string priority)
    {
        await using var context = Database.Open();
        var work = await context.Work.AsNoTracking().SingleAsync(w => w.DedupeKey == $"{Study.Id}:ups:{priority}");
        work.Attempts = 1;
        return work;
    }
}
