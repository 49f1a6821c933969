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

public sealed class StudyHandlerTests : StudyHandlerBench
{
    [Fact]
    public async Task A_positive_study_rises_with_its_reason_and_its_report_is_queued()
    {
        await ReceiveAsync(1, 0.9);
        var study = await DecideAsync();
        Assert.Equal((Priorities.Elevated, StudyStates.Complete), (study.Priority, study.State));
        Assert.Equal("1 of 1 image above threshold (renal-us-resnet50 2.3.1)", study.PriorityReason);
        Assert.NotNull(study.FlaggedAt);
        Assert.Equal(1, await CountWorkAsync(WorkKinds.Report));
    }

    [Theory]
    [InlineData(0.9, 1, 0)]
    [InlineData(0.1, 0, 1)]
    public async Task Where_the_site_wants_heat_maps_a_flagged_result_is_explained_before_its_report_and_no_other(double probability, int explained, int reported)
    {
        Explained.Add("renal-us-resnet50");
        await ReceiveAsync(1, probability);
        await DecideAsync();
        Assert.Equal((explained, reported), (await CountWorkAsync(WorkKinds.Explain), await CountWorkAsync(WorkKinds.Report)));
    }

    [Fact]
    public async Task A_later_revision_never_lowers_the_priority()
    {
        await ReceiveAsync(1, 0.9);
        await DecideAsync();
        await StageAsync(ModelStages.Prioritise, priority: Priorities.Routine);
        await ReceiveAsync(2, 0.1);
        var study = await DecideAsync();
        Assert.Equal((2, Priorities.Elevated), (study.Revision, study.Priority));
    }

    [Fact]
    public async Task A_later_image_may_raise_it()
    {
        await ReceiveAsync(1, 0.1);
        Assert.Equal(Priorities.Routine, (await DecideAsync()).Priority);
        await ReceiveAsync(2, 0.9);
        Assert.Equal(Priorities.Elevated, (await DecideAsync()).Priority);
    }

    [Fact]
    public async Task The_report_of_a_revision_speaks_of_its_images_however_late_it_is_written()
    {
        await ReceiveAsync(1, 0.9);
        await DecideAsync();
        await ReceiveAsync(2, 0.8);
        await DecideAsync();
        await using var context = Database.Open();
        var results = await context.Results.OrderBy(r => r.Revision).Select(r => r.Id).ToListAsync();
        var store = new ReportStore(Database, Table);
        Assert.Single((await store.ReadAsync(results[0], default)).Scores);
        Assert.Equal(2, (await store.ReadAsync(results[1], default)).Scores.Count);
    }

    [Theory]
    [InlineData(ModelStages.Observe, 0)]
    [InlineData(ModelStages.Report, 1)]
    public async Task Below_prioritise_a_model_never_touches_the_priority(string stage, int reports)
    {
        await StageAsync(stage);
        await ReceiveAsync(1, 0.9);
        var study = await DecideAsync();
        Assert.Equal(Priorities.NotEvaluated, study.Priority);
        Assert.Contains(stage, study.PriorityReason, StringComparison.Ordinal);
        Assert.Equal(reports, await CountWorkAsync(WorkKinds.Report));
    }

    [Fact]
    public async Task Images_that_disagree_about_the_patient_hold_the_study()
    {
        await ReceiveAsync(1, 0.9, Identities.Digest(Study, ["A"]));
        await ReceiveAsync(2, 0.9, Identities.Digest(Study, ["B"]));
        var verdict = await Handler.HandleAsync(await WorkAsync(), default);
        var park = Assert.IsType<WorkVerdict.Park>(verdict);
        Assert.Equal("identity conflict", park.Reason);
        await Database.WriteAsync(t => park.Effect!(t, default), default);
        Assert.StartsWith("Held:", (await StudyAsync()).PriorityReason, StringComparison.Ordinal);
        Assert.Equal(0, await CountWorkAsync(WorkKinds.Report));
    }

    [Fact]
    public async Task A_study_that_is_not_quiet_is_not_decided_however_early_somebody_wakes()
    {
        await ReceiveAsync(1, 0.9, quiet: TimeSpan.FromMinutes(1));
        var wait = Assert.IsType<WorkVerdict.Postpone>(await Handler.HandleAsync(await WorkAsync(), default));
        Assert.Equal("not quiet", wait.Reason);
        Assert.InRange(wait.Delay, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_study_waits_until_every_image_has_its_outcome()
    {
        await ReceiveAsync(1, 0.9);
        await ReceiveAsync(2, null);
        Assert.Equal("awaiting", Assert.IsType<WorkVerdict.Postpone>(await Handler.HandleAsync(await WorkAsync(), default)).Reason);
    }

    [Fact]
    public async Task Beyond_the_cap_it_is_decided_without_the_image_that_still_waits()
    {
        await ReceiveAsync(1, 0.9);
        await ReceiveAsync(2, null);
        var work = await WorkAsync();
        work.CreatedAt -= TimeSpan.FromHours(2);
        var done = Assert.IsType<WorkVerdict.Done>(await Handler.HandleAsync(work, default));
        await Database.WriteAsync(t => done.Effect(t, default), default);
        Assert.Equal("1 of 1 image above threshold; 1 not scored (awaiting 1) (renal-us-resnet50 2.3.1)", (await StudyAsync()).PriorityReason);
    }

    [Fact]
    public async Task An_image_that_arrives_while_the_study_is_decided_starts_it_again()
    {
        await ReceiveAsync(1, 0.9);
        var done = Assert.IsType<WorkVerdict.Done>(await Handler.HandleAsync(await WorkAsync(), default));
        await ReceiveAsync(2, 0.9);
        await Assert.ThrowsAsync<WorkSupersededException>(() => Database.WriteAsync(t => done.Effect(t, default), default));
        Assert.Equal(StudyStates.Open, (await StudyAsync()).State);
    }

    [Fact]
    public async Task A_study_on_which_no_model_spoke_says_why()
    {
        await ReceiveAsync(1, null);
        await Database.WriteAsync(t => t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.Outcome, Outcomes.NotScored).SetProperty(i => i.OutcomeReason, "codec")), default);
        Assert.Equal("Not assessed: 1 not scored (codec 1)", (await DecideAsync()).PriorityReason);
    }

    [Fact]
    public async Task Images_that_were_meant_for_a_package_and_none_could_be_scored_give_a_result_that_says_so_and_touches_no_priority()
    {
        await ReceiveAsync(1, null);
        await ReceiveAsync(2, null);
        await NotScoredAsync("codec", Rows.Sha);
        var study = await DecideAsync();
        Assert.Equal((Priorities.NotEvaluated, "Not assessed: 2 not scored (codec 2)"), (study.Priority, study.PriorityReason));
        await using var context = Database.Open();
        var result = await context.Results.SingleAsync();
        Assert.Equal((null, false, Priorities.NotEvaluated, "Not scored: 2 not scored (codec 2)", 0, 2), (result.Probability, result.IsPositive, result.Priority, result.Sentence, result.ImagesScored, result.ImagesReceived));
        Assert.Equal(1, await CountWorkAsync(WorkKinds.Report));
        Assert.Equal(2, (await new ReportStore(Database, Table).ReadAsync(result.Id, default)).Instances.Count);
    }

    [Fact]
    public async Task A_package_that_scored_one_image_makes_one_result_whatever_else_was_meant_for_it()
    {
        await ReceiveAsync(1, 0.9);
        await ReceiveAsync(2, null);
        await NotScoredAsync("codec", Rows.Sha);
        Assert.Equal("1 of 1 image above threshold; 1 not scored (codec 1) (renal-us-resnet50 2.3.1)", (await DecideAsync()).PriorityReason);
        await using var context = Database.Open();
        Assert.Equal(0.9, (await context.Results.SingleAsync()).Probability);
    }

    [Fact]
    public async Task A_view_router_makes_no_result_whatever_it_scored()
    {
        await Database.WriteAsync(t => t.Context.Models.ExecuteUpdateAsync(s => s.SetProperty(m => m.Classes, """[{"id":"a","isPositive":false},{"id":"b","isPositive":false}]""")), default);
        await ReceiveAsync(1, 0.9);
        await Database.WriteAsync(t => t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.Outcome, Outcomes.NotScored).SetProperty(i => i.OutcomeReason, "no model applies")), default);
        var study = await DecideAsync();
        Assert.Equal((Priorities.NotEvaluated, "Not assessed: 1 not scored (no model applies 1)"), (study.Priority, study.PriorityReason));
        await using var context = Database.Open();
        Assert.Equal((0, 1), (await context.Results.CountAsync(), await context.Scores.CountAsync()));
    }

    [Fact]
    public async Task A_package_that_was_suspended_meanwhile_says_nothing_and_the_study_says_why()
    {
        await ReceiveAsync(1, 0.9);
        Assert.Equal(1, await new ModelStore(Database).SuspendAsync([Rows.Sha], "wrong threshold", "somebody", Rows.Time, default));
        var study = await DecideAsync();
        Assert.Equal((Priorities.NotEvaluated, "Not assessed; renal-us-resnet50 2.3.1 was suspended on 2026-11-22: wrong threshold"), (study.Priority, study.PriorityReason));
        Assert.Equal(0, await CountWorkAsync(WorkKinds.Report));
        Assert.Equal(1, await new ModelStore(Database).ResumeAsync([Rows.Sha], "corrected", "somebody", Rows.Time, default));
        await ReceiveAsync(2, 0.9);
        Assert.Equal(Priorities.Elevated, (await DecideAsync()).Priority);
    }

    [Fact]
    public async Task A_package_that_was_withheld_is_named_beside_what_another_found()
    {
        await ReceiveAsync(1, 0.9);
        await Database.WriteAsync(t => t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.Withheld, "kidney 1.0.0 was suspended on 2026-11-22: wrong threshold")), default);
        Assert.Equal("1 of 1 image above threshold (renal-us-resnet50 2.3.1); kidney 1.0.0 was suspended on 2026-11-22: wrong threshold", (await DecideAsync()).PriorityReason);
    }

    [Fact]
    public async Task What_a_version_flagged_is_not_lost_when_another_takes_its_place_in_the_middle_of_a_study()
    {
        var next = new string('a', 64);
        await Database.WriteAsync(async t =>
        {
            var model = Rows.Model();
            (model.Identity, model.Version, model.Stage) = (next, "2.4.0", ModelStages.Prioritise);
            await t.Context.Models.AddAsync(model);
        }, default);
        await ReceiveAsync(1, 0.9);
        await ReceiveAsync(2, 0.1);
        await ReceiveAsync(3, 0.1, identity: "", quiet: default);
        await Database.WriteAsync(t => t.Context.Scores.Where(s => s.PositiveProbability < 0.5).ExecuteUpdateAsync(s => s.SetProperty(r => r.ModelIdentity, next).SetProperty(r => r.ModelVersion, "2.4.0")), default);
        Assert.Equal((Priorities.Elevated, "1 of 1 image above threshold (renal-us-resnet50 2.3.1)"), ((await DecideAsync()).Priority, (await StudyAsync()).PriorityReason));
        await using var context = Database.Open();
        Assert.Equal([(1, true), (2, false)], (await context.Results.OrderBy(r => r.ImagesScored).ToListAsync()).Select(r => (r.ImagesScored, r.IsPositive)));
    }

    [Fact]
    public async Task A_notice_that_was_kept_back_is_looked_at_again_when_a_decision_flags_the_study()
    {
        await ReceiveAsync(1, 0.9);
        await FlagAsync();
        await Database.WriteAsync(async t =>
        {
            t.Context.Notices.Add(new PriorityNoticeRow { Id = Guid.NewGuid(), StudyId = (await t.Context.Studies.SingleAsync()).Id, Priority = Priorities.Elevated, State = NoticeStates.Silent, ReasonCode = "suspended", CreatedAt = Rows.Time, ChangedAt = Rows.Time });
            await t.Context.SaveChangesAsync();
            await t.Context.Database.ExecuteSqlRawAsync("UPDATE work SET state = 'done' WHERE kind = 'notify'");
        }, default);
        await DecideAsync();
        await using var context = Database.Open();
        Assert.Equal(WorkStates.Ready, (await context.Work.SingleAsync(w => w.Kind == WorkKinds.Notify)).State);
    }

    [Fact]
    public async Task A_person_may_say_that_a_study_is_complete_before_its_quiet_time_and_an_image_that_comes_later_waits_again()
    {
        await ReceiveAsync(1, 0.9, quiet: TimeSpan.FromMinutes(1));
        Assert.Equal(StudyStates.Open, await new StudyStore(Database).AskToCloseAsync(Study, "somebody", DateTime.UtcNow.AddSeconds(1), Table, default));
        Assert.Equal(StudyStates.Complete, (await DecideAsync()).State);
        await ReceiveAsync(2, 0.9, quiet: TimeSpan.FromMinutes(1), at: DateTime.UtcNow.AddSeconds(2));
        Assert.Equal("not quiet", Assert.IsType<WorkVerdict.Postpone>(await Handler.HandleAsync(await WorkAsync(), default)).Reason);
        Assert.Null(await new StudyStore(Database).AskToCloseAsync("1.9.9", "somebody", DateTime.UtcNow, Table, default));
    }

    /// <summary>Two images are there, a third is not.</summary>
    [Theory]
    [InlineData("completed", true, 1, 2)]
    [InlineData("completed", true, 1)]
    [InlineData("discontinued", true, 1, 2)]
    [InlineData("completed", false, 1, 2, 3)]
    [InlineData("completed", false)]
    [InlineData("in progress", false, 1, 2)]
    public async Task A_modality_that_has_ended_its_step_closes_the_study_when_all_that_it_made_is_here(string state, bool closes, params int[] made)
    {
        var steps = new PerformedStepStore(Database, Table, TimeProvider.System);
        await steps.BeginAsync("1.5", Study, "US1", default);
        await ReceiveAsync(1, 0.9, quiet: TimeSpan.FromMinutes(1));
        await ReceiveAsync(2, 0.9, quiet: TimeSpan.FromMinutes(1));
        Assert.True(await steps.ChangeAsync("1.5", state, [.. made.Select(n => Rows.Instance(Rows.Study(), n).SopInstanceUid)], default));
        var verdict = await Handler.HandleAsync(await WorkAsync(), default);
        Assert.Equal(closes, verdict is WorkVerdict.Done);
    }
}
