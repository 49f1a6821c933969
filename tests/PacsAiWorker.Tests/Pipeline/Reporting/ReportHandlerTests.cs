using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Reporting;

/// <summary>The handler over images that were received; the test writes the result.</summary>
public sealed class ReportHandlerTests
{
    [Fact]
    public async Task A_report_takes_its_header_from_an_image_that_is_still_there()
    {
        await using var line = await ReceivedAsync();
        await PurgeAsync(line, "sop_instance_uid = (SELECT min(sop_instance_uid) FROM instance)", forget: true);
        Assert.IsType<WorkVerdict.Done>(await HandleAsync(line));
    }

    [Fact]
    public async Task A_report_whose_images_all_left_the_spool_says_purged()
    {
        await using var line = await ReceivedAsync();
        await PurgeAsync(line, "1 = 1", forget: false);
        var park = Assert.IsType<WorkVerdict.Park>(await HandleAsync(line));
        Assert.Equal("purged", park.Reason);
        Assert.Contains("2026-11-22", park.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_of_a_suspended_package_waits_for_a_person()
    {
        await using var line = await ReceivedAsync();
        await new ModelStore(line.Database).SuspendAsync([Rows.Sha], "wrong threshold", "somebody", Rows.Time, default);
        var park = Assert.IsType<WorkVerdict.Park>(await HandleAsync(line));
        Assert.Equal("package suspended", park.Reason);
        Assert.Contains("model resume renal-us-resnet50@2.3.1", park.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_in_another_SOP_class_stands_beside_the_first_and_is_queued_for_nobody_but_whom_the_first_was()
    {
        await using var line = await ReceivedAsync();
        await WriteAsync(line, await HandleAsync(line));
        await WriteAsync(line, await HandleAsync(line, SopClasses.EnhancedSr));
        await WriteAsync(line, await HandleAsync(line, SopClasses.EnhancedSr));
        await using var context = line.Database.Open();
        Assert.Equal([SopClasses.EnhancedSr, SopClasses.Comprehensive3DSr], await context.Reports.OrderBy(r => r.SopClassUid).Select(r => r.SopClassUid).ToListAsync());
        Assert.Equal(SopClasses.Comprehensive3DSr, (await context.Deliveries.Include(d => d.Report).SingleAsync()).Report!.SopClassUid);
        Assert.Equal(0, (await StatusQuery.RunAsync(line.Database, DateTime.UtcNow, default)).ReportsWithoutDestination);
        Assert.Equal(0, await new ReportStore(line.Database, new WorkTable(line.Database)).QueueWaitingAsync(["pacs"], DateTime.UtcNow, default));
        Assert.Single((await WorklistQuery.RunAsync(line.Database, 10, default)).Single().Results.Single().Deliveries);
    }

    [Theory]
    [InlineData(SopClasses.Comprehensive3DSr, SopClasses.Comprehensive3DSr)]
    [InlineData(SopClasses.EnhancedSr, SopClasses.EnhancedSr)]
    [InlineData(SopClasses.ComprehensiveSr, SopClasses.EnhancedSr)]
    public async Task A_successor_names_the_report_of_its_own_SOP_class_where_there_is_one(string successor, string predecessor)
    {
        await using var line = await ReceivedAsync();
        await WriteAsync(line, await HandleAsync(line));
        await WriteAsync(line, await HandleAsync(line, SopClasses.EnhancedSr));
        var next = Guid.NewGuid();
        await line.Database.WriteAsync(async t =>
        {
            var result = await t.Context.Results.AsNoTracking().SingleAsync();
            (result.Id, result.Revision, result.Study) = (next, 2, null);
            t.Context.Results.Add(result);
        }, default);
        var source = await new ReportStore(line.Database, new WorkTable(line.Database)).ReadAsync(next, default, successor);
        Assert.Equal(predecessor, source.Predecessor!.SopClassUid);
    }

    [Fact]
    public async Task A_report_that_was_built_before_the_patient_was_reconciled_is_built_again()
    {
        await using var line = await ReceivedAsync();
        var early = await HandleAsync(line);
        await line.Database.WriteAsync(async t => t.Context.Reconciled.Add(
            new ReconciledIdentityRow { StudyId = (await t.Context.Studies.SingleAsync()).Id, PatientId = "PID-9", Source = "ADT^A40", At = Rows.Time }), default);
        await Assert.ThrowsAsync<WorkSupersededException>(() => WriteAsync(line, early));
        await WriteAsync(line, await HandleAsync(line));
        await using var context = line.Database.Open();
        Assert.Single(await context.Reports.ToListAsync());
    }

    [Fact]
    public async Task A_withdrawal_goes_to_those_who_have_the_report_or_may_have_it_and_to_nobody_else()
    {
        await using var line = await ReceivedAsync();
        var site = ReportVariants.Site with { Destinations = ["has", "may have", "never had"] };
        await WriteAsync(line, await HandleAsync(line, site: site));
        await SetAsync(line, "UPDATE delivery SET state = 'stored', stored_at = '2026-11-22 11:00:00' WHERE destination = 'has'");
        await SetAsync(line, "UPDATE delivery SET state = 'withheld' WHERE destination <> 'has'");
        await SetAsync(line, "UPDATE work SET state = 'cancelled', attempts = CASE WHEN lane = 'may have' THEN 1 ELSE 0 END WHERE kind = 'deliver' AND lane <> 'has'");
        await WriteAsync(line, await HandleAsync(line, await WithdrawAsync(line), site));
        await using var context = line.Database.Open();
        var deliveries = await context.Deliveries.Include(d => d.Report).ThenInclude(r => r!.Result).Where(d => d.Report!.Result!.Withdraws != null).ToListAsync();
        Assert.Equal(["has", "may have"], deliveries.Select(d => d.Destination).Order());
        Assert.All(deliveries, d => Assert.Equal(DeliveryStates.Pending, d.State));
    }

    [Fact]
    public async Task A_withdrawal_is_written_though_the_images_have_left_the_spool_and_the_package_is_suspended()
    {
        await using var line = await ReceivedAsync();
        await WriteAsync(line, await HandleAsync(line));
        await SetAsync(line, "UPDATE delivery SET state = 'stored', stored_at = '2026-11-22 11:00:00'");
        await new ModelStore(line.Database).SuspendAsync([Rows.Sha], "wrong threshold", "somebody", Rows.Time, default);
        await PurgeAsync(line, "1 = 1", forget: false);
        await WriteAsync(line, await HandleAsync(line, await WithdrawAsync(line)));
        await using var context = line.Database.Open();
        var (first, second) = (await context.Reports.SingleAsync(r => r.Result!.Revision == 1), await context.Reports.SingleAsync(r => r.Result!.Revision == 2));
        var (before, after) = (Read(first), Read(second));
        Assert.Equal(before.GetString(Tags.PatientID), after.GetString(Tags.PatientID));
        Assert.Contains(first.SopInstanceUid, after.GetItems(Tags.PredecessorDocumentsSequence).Single().GetItems(Tags.ReferencedSeriesSequence).Single().GetItems(Tags.ReferencedSOPSequence).Select(i => i.GetString(Tags.ReferencedSOPInstanceUID)));
    }

    private static DataSet Read(ReportRow report) => DataSetReader.Read(Part10.DataSetOf(report.Content).Span, TransferSyntax.ExplicitVrLittleEndian).DataSet;

    private static Task<int> SetAsync(ReceivingLine line, string sql) => line.Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync(sql), default);

    /// <summary>The first result is withdrawn, and a second one takes it back. Gives its key.</summary>
    private static Task<Guid> WithdrawAsync(ReceivingLine line) => line.Database.WriteAsync(async t =>
    {
        var first = await t.Context.Results.SingleAsync();
        (first.WithdrawnAt, first.WithdrawnWhy) = (Rows.Time, "rejected");
        await t.Context.SaveChangesAsync();
        var second = await t.Context.Results.AsNoTracking().SingleAsync();
        (second.Id, second.Revision, second.Withdraws, second.WithdrawnAt, second.Probability, second.Sentence) = (Guid.NewGuid(), 2, first.Id, null, null, "Withdrawn: rejected");
        t.Context.Results.Add(second);
        await t.Context.SaveChangesAsync();
        return second.Id;
    }, default);

    private static async Task WriteAsync(ReceivingLine line, WorkVerdict verdict)
    {
        var done = Assert.IsType<WorkVerdict.Done>(verdict);
        await line.Database.WriteAsync(t => done.Effect(t, default), default);
    }

    private static async Task<ReceivingLine> ReceivedAsync()
    {
        var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom(0));
        line.Store(ReceivingLine.Phantom(1));
        var rows = await line.RowsAsync(2);
        await line.Database.WriteAsync(async t =>
        {
            await t.Context.Database.ExecuteSqlRawAsync("UPDATE instance SET outcome = 'scored', rows = 480, columns = 640, frames = 1");
            var study = await t.Context.Studies.SingleAsync();
            List<ScoreRow> scores = [.. rows.Select(r => Rows.Score(r.Id, 0.9))];
            scores.ForEach(s => s.StudyId = study.Id);
            t.Context.Models.Add(Rows.Model());
            t.Context.Scores.AddRange(scores);
            await t.Context.SaveChangesAsync();
            t.Context.Results.Add(Rows.Result(study, Rows.Model(), scores, 2));
        }, default);
        return line;
    }

    /// <param name="forget">The place in the rows leads nowhere either.</param>
    private static Task<int> PurgeAsync(ReceivingLine line, string where, bool forget) => line.Database.WriteAsync(
        t => t.Context.Database.ExecuteSqlRawAsync($"UPDATE instance SET purged_at = '2026-11-22 10:00:00'{(forget ? ", file = 'gone'" : "")} WHERE {where}"), default);

    private static async Task<WorkVerdict> HandleAsync(ReceivingLine line, string? sopClass = null)
    {
        await using var context = line.Database.Open();
        return await HandleAsync(line, (await context.Results.SingleAsync()).Id, sopClass: sopClass);
    }

    private static async Task<WorkVerdict> HandleAsync(ReceivingLine line, ReportingSite site)
    {
        await using var context = line.Database.Open();
        return await HandleAsync(line, (await context.Results.SingleAsync()).Id, site);
    }

    private static async Task<WorkVerdict> HandleAsync(ReceivingLine line, Guid result, ReportingSite? site = null, string? sopClass = null)
    {
        var work = new WorkRow { Kind = WorkKinds.Report, DedupeKey = sopClass is null ? $"{result}" : ReportStore.KeyOf(result, sopClass), Subject = result, State = WorkStates.Leased };
        return await new ReportHandler(new ReportStore(line.Database, new WorkTable(line.Database)), new SpoolFiles(line.Root), site ?? ReportVariants.Site, NullLogger<ReportHandler>.Instance).HandleAsync(work, default);
    }
}
