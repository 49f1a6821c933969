using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Inference;
using PacsAiWorker.Tests.Pipeline.Receiving;
using PacsAiWorker.Tests.Pipeline.Studies;

namespace PacsAiWorker.Tests.Pipeline.Scoring;

public sealed class ScoreHandlerTests
{
    [Fact]
    public async Task An_outcome_whose_transaction_failed_is_written_again_whole()
    {
        await using var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom());
        var row = Assert.Single(await line.RowsAsync(1));
        using var shelf = Shelf(line, SourceTree.Path("models"));
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");
        var done = Assert.IsType<WorkVerdict.Done>(await Handler(line, shelf).HandleAsync(Work(row), default));
        await Assert.ThrowsAsync<IOException>(() => line.Database.WriteAsync(async t =>
        {
            await done.Effect(t, default);
            throw new IOException("another verdict of the same transaction");
        }, default));
        await line.Database.WriteAsync(t => done.Effect(t, default), default);
        await using var context = line.Database.Open();
        Assert.Equal((Outcomes.Scored, 1), ((await context.Instances.SingleAsync()).Outcome, await context.Scores.CountAsync()));
        await shelf.StopAsync(default);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_that_is_flagged_tells_of_it_at_once(bool lesion)
    {
        await using var line = await ReceivingLine.StartAsync();
        var study = Enumerable.Range(0, 20).Select(i => PhantomFleet.MakeStudy(i, 1, DateTimeOffset.UnixEpoch)).First(s => s.HasLesion == lesion);
        line.Store(study.Instances[0]);
        var row = Assert.Single(await line.RowsAsync(1));
        using var shelf = Shelf(line, SourceTree.Path("models"));
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");
        var done = Assert.IsType<WorkVerdict.Done>(await Handler(line, shelf).HandleAsync(Work(row), default));
        await line.Database.WriteAsync(t => done.Effect(t, default), default);
        await using var context = line.Database.Open();
        Assert.Equal(lesion ? 1 : 0, await context.Work.CountAsync(w => w.Kind == WorkKinds.Flag));
        await shelf.StopAsync(default);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("1.2.826.77", null, true)]
    [InlineData("1.2.826.77", "PHANTOM-9999", false)]
    public async Task The_same_pixels_of_the_same_patient_under_another_UID_are_linked_and_those_of_another_patient_are_scored(string? study, string? patient, bool isCopy)
    {
        await using var line = await ReceivingLine.StartAsync();
        using var shelf = Shelf(line, SourceTree.Path("models"));
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");
        var first = IdentityHandlerTests.Changed(ReceivingLine.Phantom(), s => s.Set(Tags.PatientBirthDate, "19800101"));
        line.Store(first);
        await ScoreAsync(line, shelf, Assert.Single(await line.RowsAsync(1)));
        var second = IdentityHandlerTests.Changed(first, s =>
        {
            s.Set(Tags.SOPInstanceUID, "1.2.826.78").Set(Tags.StudyInstanceUID, study ?? s.GetString(Tags.StudyInstanceUID)!);
            s.Set(Tags.PatientID, patient ?? s.GetString(Tags.PatientID)!);
        });
        line.Store(second with { SopInstanceUid = "1.2.826.78" });
        await ScoreAsync(line, shelf, (await line.RowsAsync(2)).Single(r => r.SopInstanceUid == "1.2.826.78"));

        var rows = await line.RowsAsync(2);
        var (original, copy) = (rows.Single(r => r.SopInstanceUid == first.SopInstanceUid), rows.Single(r => r.SopInstanceUid == "1.2.826.78"));
        Assert.Equal(original.PixelDigest, copy.PixelDigest);
        Assert.Equal(isCopy ? (false, Outcomes.Copy, original.Id) : (true, Outcomes.Scored, null), (copy.IsCurrent, copy.Outcome, copy.CopyOf));
        await using var context = line.Database.Open();
        Assert.Equal(isCopy ? 1 : 2, await context.Scores.Select(s => s.InstanceId).Distinct().CountAsync());
        Assert.Equal(isCopy ? 1 : 2, await context.Studies.SumAsync(s => s.InstanceCount));
        await shelf.StopAsync(default);
    }

    [Fact]
    public async Task A_side_that_only_the_frames_of_an_image_name_is_known_once_it_is_scored()
    {
        await using var line = await ReceivingLine.StartAsync();
        using var shelf = Shelf(line, SourceTree.Path("models"));
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");
        line.Store(IdentityHandlerTests.Changed(ReceivingLine.Phantom(), s => s.SetItems(Tags.SharedFunctionalGroupsSequence,
            new DataSet().SetItems(Tags.FrameAnatomySequence, new DataSet().Set(Tags.FrameLaterality, "R")))));
        var row = Assert.Single(await line.RowsAsync(1));
        Assert.Equal("", row.Laterality);
        await ScoreAsync(line, shelf, row);
        Assert.Equal("R", Assert.Single(await line.RowsAsync(1)).Laterality);
        await shelf.StopAsync(default);
    }

    private static async Task ScoreAsync(ReceivingLine line, ModelShelf shelf, InstanceRow row)
    {
        var done = Assert.IsType<WorkVerdict.Done>(await Handler(line, shelf).HandleAsync(Work(row), default));
        await line.Database.WriteAsync(t => done.Effect(t, default), default);
    }

    [Fact]
    public async Task An_image_that_left_the_spool_is_purged_and_never_called_lost()
    {
        await using var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom());
        var row = Assert.Single(await line.RowsAsync(1));
        await line.Database.WriteAsync(t => t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.PurgedAt, Rows.Time)), default);
        using var shelf = Shelf(line, line.Root);
        await shelf.StartAsync(default);
        await ReceivingLine.PollAsync(() => shelf.Packages is not null, () => Task.CompletedTask, "the packages");

        var park = Assert.IsType<WorkVerdict.Park>(await Handler(line, shelf).HandleAsync(Work(row), default));
        Assert.Equal("purged", park.Reason);
        Assert.Contains("2026-11-22", park.Detail, StringComparison.Ordinal);
        await shelf.StopAsync(default);
    }

    private static ModelShelf Shelf(ReceivingLine line, string models) =>
        new(new InferenceOptions { Provider = "cpu" }, new ModelsOptions { Directory = models }, new ModelStore(line.Database), TimeProvider.System, NullLogger<ModelShelf>.Instance);

    private static ScoreHandler Handler(ReceivingLine line, ModelShelf shelf) => new(
        shelf, TestCodecs.Pool, new ScoreStore(line.Database, new WorkTable(line.Database)), new AgeStore(line.Database, new WorkTable(line.Database)), new SpoolFiles(line.Root), new KeptInputs(Path.Combine(line.Root, "inputs")), new WorkTable(line.Database),
        new StudyTimes(TimeSpan.Zero, TimeSpan.FromHours(1)), new WorkOptions(), new ChildCallers(new HashSet<string>()), TimeProvider.System, NullLogger<ScoreHandler>.Instance);

    private static WorkRow Work(InstanceRow image) => new() { Kind = WorkKinds.Score, DedupeKey = "", Subject = image.Id, State = WorkStates.Leased };
}
