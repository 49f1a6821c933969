using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Inference;
using PacsAiWorker.Tests.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Scoring;

public sealed class ScoreHandlerTests
{
    [Fact]
    public async Task An_image_that_left_the_spool_is_purged_and_never_called_lost()
    {
        await using var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom());
        var row = Assert.Single(await line.RowsAsync(1));
        await line.Database.WriteAsync(t => t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.PurgedAt, Rows.Time)), default);
        using var shelf = new ModelShelf(new InferenceOptions(), new ModelsOptions { Directory = line.Root }, new ModelStore(line.Database), TimeProvider.System, NullLogger<ModelShelf>.Instance);
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");

        var handler = new ScoreHandler(shelf, TestCodecs.Pool, new ScoreStore(line.Database, new WorkTable(line.Database)), new SpoolFiles(line.Root), new KeptInputs(line.Root),
            new StudyTimes(TimeSpan.Zero, TimeSpan.FromHours(1)), new WorkOptions(), new ChildCallers(new HashSet<string>()), TimeProvider.System, NullLogger<ScoreHandler>.Instance);
        var work = new WorkRow { Kind = WorkKinds.Score, DedupeKey = "", Subject = row.Id, State = WorkStates.Leased };
        var park = Assert.IsType<WorkVerdict.Park>(await handler.HandleAsync(work, default));
        Assert.Equal("purged", park.Reason);
        Assert.Contains("2026-11-22", park.Detail, StringComparison.Ordinal);
        await shelf.StopAsync(default);
    }
}
