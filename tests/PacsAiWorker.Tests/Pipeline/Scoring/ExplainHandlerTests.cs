using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Inference;
using PacsAiWorker.Tests.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Scoring;

/// <summary>A phantom goes through log, scorer and explainer as they run; the test writes the result.</summary>
public sealed class ExplainHandlerTests
{
    [Theory]
    [InlineData("region", 1)]
    [InlineData("fallback", 0)] // the scan area was guessed from the pixels: text of the screen may lie in it
    public async Task A_flagged_image_gets_its_map_where_the_header_names_the_scan_area_and_the_report_goes_on(string cropSource, int maps)
    {
        await using var line = await ReceivingLine.StartAsync();
        var result = await FlaggedAsync(line, cropSource);
        await HandleAsync(line, SourceTree.Path("models"), result, attempts: 1);
        await using var context = line.Database.Open();
        var rows = await context.HeatMaps.ToListAsync();
        Assert.Equal(maps, rows.Count);
        Assert.All(rows, r =>
        {
            using var picture = PngFile.Read(new MemoryStream(r.Picture));
            Assert.Equal(3, picture.Channels);
            Assert.Equal(("phantom-lesion", result), (r.ClassId, r.ResultId));
        });
        Assert.Equal(1, await context.Work.CountAsync(w => w.Kind == WorkKinds.Report && w.Subject == result));
    }

    [Theory]
    [InlineData(false, 1)] // its package is gone
    [InlineData(true, 4)] // it took the process down three times
    public async Task Whatever_keeps_a_map_from_being_made_the_report_goes_without_it(bool packages, int attempts)
    {
        await using var line = await ReceivingLine.StartAsync();
        var result = await FlaggedAsync(line, "region");
        await HandleAsync(line, packages ? SourceTree.Path("models") : line.Root, result, attempts);
        await using var context = line.Database.Open();
        Assert.Equal((0, 1), (await context.HeatMaps.CountAsync(), await context.Work.CountAsync(w => w.Kind == WorkKinds.Report && w.Subject == result)));
    }

    private static async Task HandleAsync(ReceivingLine line, string models, Guid result, int attempts)
    {
        var (inference, options) = (new InferenceOptions { Provider = "cpu" }, new ModelsOptions { Directory = models });
        using var shelf = new ModelShelf(inference, options, new ModelStore(line.Database), TimeProvider.System, NullLogger<ModelShelf>.Instance);
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");
        var handler = new ExplainHandler(shelf, inference, options, TestCodecs.Pool, new ReportStore(line.Database, new WorkTable(line.Database)), new SpoolFiles(line.Root), TimeProvider.System, NullLogger<ExplainHandler>.Instance);
        var work = new WorkRow { Kind = WorkKinds.Explain, DedupeKey = $"{result}", Subject = result, State = WorkStates.Leased, Attempts = attempts };
        var done = Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default));
        await line.Database.WriteAsync(t => done.Effect(t, default), default);
        await shelf.StopAsync(default);
    }

    /// <summary>A phantom with a lesion, scored, and a positive result on it; its key.</summary>
    private static async Task<Guid> FlaggedAsync(ReceivingLine line, string cropSource)
    {
        line.Store(Enumerable.Range(0, 20).Select(i => PhantomFleet.MakeStudy(i, 1, DateTimeOffset.UnixEpoch)).First(s => s.HasLesion).Instances[0]);
        var image = Assert.Single(await line.RowsAsync(1));
        using var shelf = new ModelShelf(new InferenceOptions { Provider = "cpu" }, new ModelsOptions { Directory = SourceTree.Path("models") }, new ModelStore(line.Database), TimeProvider.System, NullLogger<ModelShelf>.Instance);
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");
        var scorer = new ScoreHandler(shelf, TestCodecs.Pool, new ScoreStore(line.Database, new WorkTable(line.Database)), new AgeStore(line.Database, new WorkTable(line.Database)), new SpoolFiles(line.Root), new KeptInputs(Path.Combine(line.Root, "inputs")),
            new WorkTable(line.Database), new StudyTimes(TimeSpan.Zero, TimeSpan.FromHours(1)), new WorkOptions(), new ChildCallers(new HashSet<string>()), TimeProvider.System, NullLogger<ScoreHandler>.Instance);
        var scored = Assert.IsType<WorkVerdict.Done>(await scorer.HandleAsync(new WorkRow { Kind = WorkKinds.Score, DedupeKey = "", Subject = image.Id, State = WorkStates.Leased }, default));
        await line.Database.WriteAsync(t => scored.Effect(t, default), default);
        await shelf.StopAsync(default);
        return await line.Database.WriteAsync(async t =>
        {
            var score = await t.Context.Scores.SingleAsync();
            score.CropSource = cropSource;
            var result = Rows.Result(await t.Context.Studies.SingleAsync(), Rows.Model(), [score], 1);
            (result.Study, result.ModelIdentity, result.ModelId) = (null, score.ModelIdentity, score.ModelId);
            t.Context.Add(result);
            await t.Context.SaveChangesAsync();
            return result.Id;
        }, default);
    }
}
