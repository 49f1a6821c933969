using System.Text;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

/// <summary>What people say of messages and of priorities holds.</summary>
public sealed class NotifyPeopleTests : NotifyBench
{
    [Fact]
    public async Task A_person_s_raise_is_told_though_what_a_machine_said_was_withdrawn()
    {
        var (handler, work) = await RaisedAsync();
        await Database.WriteAsync(t => t.Context.Results.ExecuteUpdateAsync(s => s.SetProperty(r => r.WithdrawnAt, Rows.Time)), default);
        await Database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Routine, default);
        await new OverrideStore(Database, new WorkTable(Database)).RaiseAsync(Study.StudyInstanceUid, Priorities.High, "in pain", "person:x", DateTime.UtcNow, default);
        await handler.HandleAsync(work, default);
        Assert.Single(Ris.Received);
    }

    [Fact]
    public async Task A_stop_by_a_person_holds_at_once_stands_on_the_study_and_its_end_lets_the_notice_go()
    {
        var (handler, work) = await RaisedAsync(queue: true);
        var stops = new StopStore(Database);
        await stops.StopAsync("the list jumps", "person:x", Rows.Time, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Contains("the list jumps", (await NoticeAsync()).Reason, StringComparison.Ordinal);
        Assert.Empty(Ris.Received);
        await Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("UPDATE work SET state = 'done'"), default);

        Assert.True(await stops.ResumeAsync("mended", "person:x", Rows.Time, default));
        await using var context = Database.Open();
        Assert.Equal(WorkStates.Ready, (await context.Work.SingleAsync()).State);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(NoticeStates.Acknowledged, (await NoticeAsync()).State);
        Assert.False(await stops.ResumeAsync("again", "person:x", Rows.Time, default));
    }

    [Theory]
    [InlineData("renal-us-resnet50", "", true)]
    [InlineData("another", "", false)]
    [InlineData("", NoticeChannels.Hl7, true)]
    [InlineData("", NoticeChannels.Ups, false)]
    public async Task A_stop_of_one_package_or_of_one_channel_holds_back_its_own_messages_and_no_others(string model, string channel, bool isHeld)
    {
        var (handler, work) = await RaisedAsync(queue: true);
        var stops = new StopStore(Database);
        await stops.StopAsync("the list jumps", "person:x", Rows.Time, default, model, channel);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(isHeld ? 0 : 1, Ris.Received.Count);
        Assert.Equal(isHeld ? SilenceCodes.Stopped : "", (await NoticeAsync()).ReasonCode);
        Assert.Equal(isHeld ? 1 : 0, Assert.Single(await StatusQuery.MessagesStoppedAsync(Database, default)).HeldBack);
        Assert.False(await stops.ResumeAsync("mended", "person:x", Rows.Time, default));

        Assert.True(await stops.ResumeAsync("mended", "person:x", Rows.Time, default, model, channel));
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(NoticeStates.Acknowledged, (await NoticeAsync()).State);
        Assert.Single(Ris.Received);
    }

    [Fact]
    public async Task What_a_person_lowered_is_not_told_and_what_another_package_found_is()
    {
        var (handler, work) = await RaisedAsync();
        await OtherAsync(Priorities.Elevated);
        await LowerAsync(Rows.Model().ModelId);
        Assert.Equal(SilenceCodes.Overridden, await SilentAsync(handler, work));
        await using var context = Database.Open();
        var next = await context.Work.AsNoTracking().SingleAsync();
        Assert.Equal($"{Study.Id}:{Priorities.Elevated}", next.DedupeKey);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(next, default)).Effect);
        var told = Hl7Message.Parse(Assert.Single(Ris.Received));
        Assert.Equal("A", told.Find("OBR")!.Text(5));
        Assert.Single(told.All("OBX"), o => o.Text(3) == "TRIAGE_PRIORITY");
    }

    [Fact]
    public async Task A_study_that_a_person_lowered_after_it_was_told_is_told_again_when_something_new_raises_it()
    {
        var (handler, work) = await RaisedAsync();
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        await LowerAsync(Rows.Model().ModelId);
        await handler.HandleAsync(work, default);
        Assert.Single(Ris.Received);

        // Another package says it now, and the study rises as before.
        await OtherAsync(Priorities.High);
        await Database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.High, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(2, Ris.Received.Select(m => Hl7Message.Parse(m).ControlId).Distinct().Count());
        await handler.HandleAsync(work, default);
        Assert.Equal(2, Ris.Received.Count);
    }

    [Fact]
    public async Task A_person_s_raise_is_told_under_the_same_rule_with_a_set_of_its_own()
    {
        var (_, work) = await RaisedAsync(ModelStages.Observe);
        await Database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Routine, default);
        await new OverrideStore(Database, new WorkTable(Database)).RaiseAsync(Study.StudyInstanceUid, Priorities.High, "in pain", "person:x", DateTime.UtcNow, default);
        Assert.Equal(SilenceCodes.Unknown, await SilentAsync(Handler(raiseOnly: false), work));
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await Handler().HandleAsync(work, default)).Effect);
        var text = Encoding.UTF8.GetString(Assert.Single(Ris.Received));
        Assert.Contains("TRIAGE_PRIORITY^Triage priority^99PACSAI|1|TP2^High^99PACSAI|||AA|||P|||", text, StringComparison.Ordinal);
        Assert.DoesNotContain("person:x", text, StringComparison.Ordinal);
    }

    private Task<OverrideOutcome> LowerAsync(string model) =>
        new OverrideStore(Database, new WorkTable(Database)).LowerAsync(Study.StudyInstanceUid, model, null, "artefact", "person:x", DateTime.UtcNow, default);
}
