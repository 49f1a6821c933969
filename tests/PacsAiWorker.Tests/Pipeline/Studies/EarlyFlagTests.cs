using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Tests.Pipeline.Studies;

/// <summary>What is said of a study before it is complete.</summary>
public sealed class EarlyFlagTests : StudyHandlerBench
{
    [Fact]
    public async Task A_flagged_image_raises_the_study_before_it_is_complete_and_nothing_is_reported_yet()
    {
        await ReceiveAsync(1, 0.9, quiet: TimeSpan.FromMinutes(1));
        await ReceiveAsync(2, null, quiet: TimeSpan.FromMinutes(1));
        var study = await FlagAsync();
        Assert.Equal((Priorities.Elevated, StudyStates.Open), (study.Priority, study.State));
        Assert.Equal("1 of 1 image above threshold so far; images may still be arriving (renal-us-resnet50 2.3.1)", study.PriorityReason);
        Assert.NotNull(study.FlaggedAt);
        Assert.Equal(0, await CountWorkAsync(WorkKinds.Report));
    }

    [Fact]
    public async Task Completion_says_again_what_was_said_early_and_the_flag_stands_since_the_first_time()
    {
        await ReceiveAsync(1, 0.9);
        var early = await FlagAsync();
        await ReceiveAsync(2, 0.1);
        var study = await DecideAsync();
        Assert.Equal((Priorities.Elevated, "1 of 2 images above threshold (renal-us-resnet50 2.3.1)"), (study.Priority, study.PriorityReason));
        Assert.Equal(early.FlaggedAt, study.FlaggedAt);
        Assert.Equal(1, await CountWorkAsync(WorkKinds.Report));
    }

    [Theory]
    [InlineData(ModelStages.Prioritise, "mean")]
    [InlineData(ModelStages.Prioritise, "proportion")]
    [InlineData(ModelStages.Report, "max")]
    public async Task Nothing_is_said_early_that_could_be_taken_back_or_that_the_site_has_not_allowed(string stage, string aggregation)
    {
        await StageAsync(stage);
        await Database.WriteAsync(t => t.Context.Models.ExecuteUpdateAsync(s => s.SetProperty(m => m.Aggregation, aggregation)), default);
        await ReceiveAsync(1, 0.9);
        Assert.Equal(Priorities.NotEvaluated, (await FlagAsync()).Priority);
    }

    [Fact]
    public async Task Nothing_is_said_early_of_images_that_disagree_about_the_patient()
    {
        await ReceiveAsync(1, 0.9, Identities.Digest(Study, ["A"]));
        await ReceiveAsync(2, 0.9, Identities.Digest(Study, ["B"]));
        Assert.Equal(Priorities.NotEvaluated, (await FlagAsync()).Priority);
    }

    [Fact]
    public async Task A_flag_that_comes_after_the_decision_changes_nothing()
    {
        await ReceiveAsync(1, 0.9);
        var flag = Assert.IsType<WorkVerdict.Done>(await Flags.HandleAsync(await FlagWorkAsync(), default));
        var decided = await DecideAsync();
        await Database.WriteAsync(t => flag.Effect(t, default), default);
        Assert.Equal(decided.PriorityReason, (await StudyAsync()).PriorityReason);
    }
}
