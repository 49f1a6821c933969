using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Tests.Pipeline.Studies;

/// <summary>A person lowered the study.</summary>
public sealed class LoweredStudyTests : StudyHandlerBench
{
    [Fact]
    public async Task What_a_person_lowered_stays_low_when_the_same_package_finds_it_again_early_or_at_completion()
    {
        await ReceiveAsync(1, 0.9);
        await FlagAsync();
        await LowerAsync();
        await ReceiveAsync(2, 0.9, at: DateTime.UtcNow.AddMinutes(-1));
        Assert.Equal(Priorities.Routine, (await FlagAsync()).Priority);
        var study = await DecideAsync();
        Assert.Equal(Priorities.Routine, study.Priority);
        Assert.StartsWith("Lowered from Elevated (TP3) by person:x, renal-us-resnet50 (abnormal): artefact", study.PriorityReason, StringComparison.Ordinal);
        Assert.NotNull(study.FlaggedAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_image_that_comes_after_a_person_lowered_the_study_raises_it_again_early_and_at_completion_and_may_be_lowered_too(bool early)
    {
        var now = DateTime.UtcNow;
        await ReceiveAsync(1, 0.9, at: now.AddMinutes(-9));
        await DecideAsync();
        await LowerAsync(now.AddMinutes(-8));
        await ReceiveAsync(2, 0.1, at: now.AddMinutes(-7));
        Assert.Equal(Priorities.Routine, (await DecideAsync()).Priority);
        await ReceiveAsync(3, 0.9, at: now.AddMinutes(-6));
        Assert.Equal(Priorities.Elevated, (early ? await FlagAsync() : await DecideAsync()).Priority);
        await LowerAsync(now.AddMinutes(-5));
        Assert.Equal((Priorities.Routine, Priorities.Routine), ((await StudyAsync()).Priority, early ? (await DecideAsync()).Priority : Priorities.Routine));
    }

    [Fact]
    public async Task What_was_withdrawn_holds_no_study_up_and_a_person_may_still_lower_it()
    {
        await ReceiveAsync(1, 0.9);
        await DecideAsync();
        await Database.WriteAsync(t => t.Context.Results.ExecuteUpdateAsync(s => s.SetProperty(r => r.WithdrawnAt, Rows.Time)), default);
        await Database.WriteAsync(t => t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.IsCurrent, false).SetProperty(i => i.SetAside, SetAsides.Rejected)), default);
        var overrides = new OverrideStore(Database, Table);
        await overrides.RaiseAsync(Study, Priorities.High, "in pain", "person:x", DateTime.UtcNow, default);
        Assert.Equal(new OverrideOutcome(Priorities.High, Priorities.Routine), await overrides.TakeBackAsync(Study, "a mistake", "person:x", DateTime.UtcNow, default));
        await Database.WriteAsync(t => t.Context.Studies.ExecuteUpdateAsync(s => s.SetProperty(r => r.Priority, Priorities.Elevated)), default);
        await LowerAsync();
        Assert.Equal(Priorities.Routine, (await StudyAsync()).Priority);
    }

    [Fact]
    public async Task A_finding_that_nobody_lowered_raises_the_study_again()
    {
        await ReceiveAsync(1, 0.9);
        await DecideAsync();
        await LowerAsync();
        await Database.WriteAsync(t => t.Context.Models.ExecuteUpdateAsync(s => s.SetProperty(m => m.Classes, """[{"id":"not-flagged","isPositive":false},{"id":"abnormal","isPositive":true},{"id":"cyst","isPositive":true}]""")), default);
        await ReceiveAsync(2, 0.9);
        await Database.WriteAsync(async t => (await t.Context.Scores.OrderByDescending(s => s.ScoredAt).ThenByDescending(s => s.Id).FirstAsync(s => s.Instance!.InstanceNumber == 2)).ClassIds = """["not-flagged","cyst"]""", default);
        Assert.Equal(Priorities.Elevated, (await DecideAsync()).Priority);
    }

    [Fact]
    public async Task A_person_who_lowers_while_the_study_is_decided_is_heard()
    {
        await ReceiveAsync(1, 0.9);
        await FlagAsync();
        var done = Assert.IsType<WorkVerdict.Done>(await Handler.HandleAsync(await WorkAsync(), default));
        await LowerAsync();
        await Database.WriteAsync(t => done.Effect(t, default), default);
        Assert.Equal(Priorities.Routine, (await StudyAsync()).Priority);
    }

    private async Task LowerAsync(DateTime? at = null)
    {
        var outcome = await new OverrideStore(Database, Table).LowerAsync(Study, Rows.Model().ModelId, null, "artefact", "person:x", at ?? DateTime.UtcNow, default);
        Assert.Equal("", outcome.Problem);
    }
}
