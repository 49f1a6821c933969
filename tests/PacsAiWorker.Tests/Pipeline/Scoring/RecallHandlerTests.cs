using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Inference;
using PacsAiWorker.Tests.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Scoring;

public sealed class RecallHandlerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 10, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_worker_that_has_not_heard_of_a_recall_waits_and_one_that_has_goes_through_the_list_and_looks_for_latecomers_when_the_stop_has_reached_everybody()
    {
        await using var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom());
        await line.RowsAsync(1);
        using var unaware = await ShelfAsync(line);
        var identity = Assert.Single(unaware.Packages!.Models).Identity;
        await line.Database.WriteAsync(t => t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.MeantFor, identity)), default);
        var store = new RecallStore(line.Database, new WorkTable(line.Database));
        var recall = Assert.Single(await store.RecallAsync([identity], "wrong threshold", "somebody", Now.UtcDateTime, default));
        Assert.Equal("awaiting", Assert.IsType<WorkVerdict.Postpone>(await HandleAsync(store, unaware, recall, Now)).Reason);

        using var shelf = await ShelfAsync(line);
        Assert.Contains(identity, shelf.Packages!.Recalled);
        await ApplyAsync(line, await HandleAsync(store, shelf, recall, Now), TimeSpan.Zero);
        await using (var context = line.Database.Open())
        {
            var study = await context.RecallStudies.SingleAsync();
            Assert.Equal((RecallKinds.NotScored, ScoredAgain.NoSuccessor, Now.UtcDateTime), (study.Kind, study.ScoredAgain, study.WithdrawnAt));
        }

        Assert.Equal(TimeSpan.FromSeconds(9), Assert.IsType<WorkVerdict.Postpone>(await HandleAsync(store, shelf, recall, Now.AddSeconds(1))).Delay);
        await ApplyAsync(line, await HandleAsync(store, shelf, recall, Now.AddSeconds(10)), TimeSpan.Zero);
        Assert.IsType<WorkVerdict.Done>(await HandleAsync(store, shelf, recall, Now.AddSeconds(10)));
    }

    [Fact]
    public async Task A_recall_that_was_ended_is_gone_through_no_more()
    {
        await using var line = await ReceivingLine.StartAsync();
        using var shelf = await ShelfAsync(line);
        var identity = Assert.Single(shelf.Packages!.Models).Identity;
        var store = new RecallStore(line.Database, new WorkTable(line.Database));
        var recall = Assert.Single(await store.RecallAsync([identity], "wrong threshold", "somebody", Now.UtcDateTime, default));
        await store.EndAsync([identity], "it was another", "somebody", Now.UtcDateTime, default);
        Assert.IsType<WorkVerdict.Done>(await HandleAsync(store, shelf, recall, Now));
    }

    private static Task<WorkVerdict> HandleAsync(RecallStore store, ModelShelf shelf, RecallRow recall, DateTimeOffset now) =>
        new RecallHandler(shelf, store, new FixedClock(now), NullLogger<RecallHandler>.Instance).HandleAsync(new WorkRow { Kind = WorkKinds.Recall, DedupeKey = $"{recall.Id}", Subject = recall.Id, State = WorkStates.Leased }, default);

    private static async Task ApplyAsync(ReceivingLine line, WorkVerdict verdict, TimeSpan delay)
    {
        var postpone = Assert.IsType<WorkVerdict.Postpone>(verdict);
        Assert.Equal(delay, postpone.Delay);
        await line.Database.WriteAsync(t => postpone.Effect!(t, default), default);
    }

    /// <summary>What a worker has in use and has heard of; it hears nothing more.</summary>
    private static async Task<ModelShelf> ShelfAsync(ReceivingLine line)
    {
        var shelf = new ModelShelf(new InferenceOptions { Provider = "cpu" }, new ModelsOptions { Directory = SourceTree.Path("models") }, new ModelStore(line.Database), TimeProvider.System, NullLogger<ModelShelf>.Instance);
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");
        await shelf.StopAsync(default);
        return shelf;
    }
}
