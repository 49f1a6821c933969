using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Studies;

/// <summary>A reported study all of whose images go out of use, over a real database.</summary>
public sealed class WithdrawalTests : IAsyncLifetime
{
    private const string Study = "1.2.826.0.1.3680043.8.498.1";

    private RecordsDatabase _database = null!;
    private WorkTable _table = null!;
    private StudyHandler _handler = null!;

    public async Task InitializeAsync()
    {
        _database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(_database).MigrateAsync(default);
        _table = new WorkTable(_database);
        _handler = new StudyHandler(new StudyStore(_database), _table, new StudyTimes(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)), new HeatMaps([]), TimeProvider.System, NullLogger<StudyHandler>.Instance);
        await _database.WriteAsync(async t =>
        {
            var model = Rows.Model();
            model.Stage = ModelStages.Prioritise;
            await t.Context.Models.AddAsync(model);
        }, default);
    }

    public Task DisposeAsync()
    {
        _database.Dispose();
        return SqliteFile.RemoveAsync(_database);
    }

    [Fact]
    public async Task The_result_whose_report_a_PACS_has_is_taken_back_once_and_the_priority_stays_as_it_was()
    {
        await ReceiveAsync(1);
        await DecideAsync();
        await ReportAsync(isStored: true);
        await RejectAsync(1);
        var study = await DecideAsync();
        var results = await ResultsAsync();
        Assert.Equal([1, 2], results.Select(r => r.Revision));
        Assert.Equal((null, results[0].Id, null), (results[0].Withdraws, results[1].Withdraws, results[1].Probability));
        Assert.Equal("Withdrawn: rejected: test (1); nothing of this study stands scored any more", results[1].Sentence);
        Assert.Equal((results[0].Inputs, Priorities.NotEvaluated, false), (results[1].Inputs, results[1].Priority, results[1].IsPositive));
        Assert.Equal(Priorities.Elevated, study.Priority);
        Assert.Contains("nothing of this study stands scored any more", study.PriorityReason, StringComparison.Ordinal);
        Assert.True(await IsQueuedAsync(results[1]));

        await AgainAsync();
        await DecideAsync();
        Assert.Equal(2, (await ResultsAsync()).Count);
    }

    [Fact]
    public async Task A_result_whose_report_never_left_needs_no_withdrawal()
    {
        await ReceiveAsync(1);
        await DecideAsync();
        await ReportAsync(isStored: false);
        await RejectAsync(1);
        await DecideAsync();
        Assert.Single(await ResultsAsync());
    }

    [Fact]
    public async Task Where_an_image_is_left_its_result_takes_the_place_of_the_one_that_is_withdrawn()
    {
        await ReceiveAsync(1);
        await ReceiveAsync(2);
        await DecideAsync();
        await ReportAsync(isStored: true);
        await RejectAsync(1);
        await DecideAsync();
        var results = await ResultsAsync();
        Assert.Equal([null, null], results.Select(r => r.Withdraws));
        Assert.Equal([2, 1], results.Select(r => r.ImagesScored));
    }

    [Fact]
    public async Task A_withdrawal_that_was_kept_back_is_written_anew_under_the_next_revision()
    {
        await ReceiveAsync(1);
        await DecideAsync();
        await ReportAsync(isStored: true);
        await RejectAsync(1);
        await DecideAsync();
        await ReportAsync(isStored: false);
        await _database.WriteAsync(async t => Assert.Single((await DeliveryStore.SupersedeAsync(t, (await t.Context.Studies.SingleAsync()).Id, default)).Withheld), default);
        await AgainAsync();
        await DecideAsync();
        var results = await ResultsAsync();
        Assert.Equal([null, results[0].Id, results[0].Id], results.Select(r => r.Withdraws));
    }

    [Fact]
    public void Where_another_package_has_scored_the_study_nothing_more_is_taken_back_than_what_this_one_said() =>
        Assert.Equal("Withdrawn: x; nothing of this study stands scored by this model any more", StudyDecider.Withdrawn("x", isNothingLeft: false).Sentence);

    private async Task ReceiveAsync(int number)
    {
        var row = Rows.Instance(Rows.Study(), number);
        (row.Id, row.Digest, row.Outcome, row.ReceivedAt) = (Guid.CreateVersion7(), $"{number}".PadRight(64, '0'), null, DateTime.UtcNow);
        await new Journal(_database, _table, TimeProvider.System, TimeSpan.FromHours(1)).CommitAsync([new ReceivedInstance(row, Study, new PatientIdentityRow(), "site", 2, TimeSpan.Zero)], [], _ => true, default);
        var score = Rows.Score(row.Id, 0.9);
        score.StudyId = row.StudyId;
        await _database.WriteAsync(t => new ScoreStore(_database, _table).WriteAsync(t, row.Id, new InstanceOutcome(Outcomes.Scored, null, null, 480, 640, 1, Rows.Time), [score], (TimeSpan.Zero, TimeSpan.FromHours(1)), default), default);
    }

    /// <summary>The report on the last result, as Reporting writes it; a PACS has it, or nobody tried yet.</summary>
    private async Task ReportAsync(bool isStored)
    {
        var result = (await ResultsAsync())[^1];
        var uid = $"1.2.9.{result.Revision}";
        var report = new ReportRow { Id = Guid.NewGuid(), ResultId = result.Id, SopClassUid = SopClasses.Comprehensive3DSr, SopInstanceUid = uid, SeriesInstanceUid = "1.2.8", Content = [], Sha256 = "a", CreatedAt = DateTime.UtcNow };
        await _database.WriteAsync(t => new ReportStore(_database, _table).WriteAsync(t, report, ["pacs"], 2, default), default);
        if (isStored)
        {
            await _database.WriteAsync(t => t.Context.Deliveries.ExecuteUpdateAsync(s => s.SetProperty(d => d.State, DeliveryStates.Stored).SetProperty(d => d.StoredAt, DateTime.UtcNow)), default);
        }
    }

    /// <summary>A rejection note names the image.</summary>
    private Task RejectAsync(int number) => _database.WriteAsync(async t =>
    {
        var image = await t.Context.Instances.SingleAsync(i => i.InstanceNumber == number);
        var note = Rows.Instance(Rows.Study(), 900 + number);
        (note.Id, note.StudyId, note.SopClassUid, note.IsCurrent, note.SetAside) = (Guid.NewGuid(), image.StudyId, SopClasses.KeyObjectSelection, false, SetAsides.Declined);
        t.Context.Instances.Add(note);
        await t.Context.SaveChangesAsync();
        await new IdentityStore(_database, _table).RejectAsync(t, note, [(Study, image.SopInstanceUid)], _ => true, "test (1)", DateTime.UtcNow, default);
    }, default);

    /// <summary>The study is open once more.</summary>
    private Task AgainAsync() => _database.WriteAsync(async t =>
    {
        await t.Context.Studies.ExecuteUpdateAsync(s => s.SetProperty(r => r.State, StudyStates.Open).SetProperty(r => r.Revision, r => r.Revision + 1));
        var study = await t.Context.Studies.AsNoTracking().SingleAsync();
        await _table.EnqueueAsync(t, new NewWork(WorkKinds.Study, WorkTable.StudyKey(study), study.Id, 2), default);
    }, default);

    private async Task<StudyRow> DecideAsync()
    {
        await using var context = _database.Open();
        var work = await context.Work.AsNoTracking().Where(w => w.Kind == WorkKinds.Study).OrderByDescending(w => w.DedupeKey).FirstAsync();
        var done = Assert.IsType<WorkVerdict.Done>(await _handler.HandleAsync(work, default));
        await _database.WriteAsync(t => done.Effect(t, default), default);
        return await context.Studies.AsNoTracking().SingleAsync();
    }

    private async Task<IReadOnlyList<ResultRow>> ResultsAsync()
    {
        await using var context = _database.Open();
        return await context.Results.AsNoTracking().OrderBy(r => r.Revision).ToListAsync();
    }

    private async Task<bool> IsQueuedAsync(ResultRow result)
    {
        await using var context = _database.Open();
        return await context.Work.AnyAsync(w => w.Kind == WorkKinds.Report && w.Subject == result.Id);
    }
}
